// Dots that go along the flows of a drawing: cases that move on. Decoration: the figures say the same.
export interface Move { from: string; to: string; count: number }

interface Point { x: number; y: number }
interface Element {
  id: string;
  type: string;
  x: number; y: number; width: number; height: number;
  outgoing?: Connection[];
  attachers?: Element[];
  children?: Element[];
  parent?: Element;
}
interface Connection { waypoints: Point[]; target: Element; type: string }
export interface Elements { get: (id: string) => Element | undefined }

const most = 25;          // dots a step, and six times as many at a time
const millis = 700;       // of one way
const deepest = 14;       // gateways and events between two steps
const center = (e: Element): Point => ({ x: e.x + e.width / 2, y: e.y + e.height / 2 });

// The ways on from an element: its flows, those of events on its border, into and out of a
// sub-process.
function onward(at: Element): { to: Element; points: Point[] }[] {
  const flows = [at, ...(at.attachers ?? [])].flatMap((e) => e.outgoing ?? [])
    .filter((c) => c.type === 'bpmn:SequenceFlow' && c.target)
    .map((c) => ({ to: c.target, points: c.waypoints }));
  const inside = (at.children ?? []).filter((e) => e.type === 'bpmn:StartEvent').map((e) => ({ to: e, points: [center(e)] }));
  const out = at.type === 'bpmn:EndEvent' && at.parent?.type === 'bpmn:SubProcess'
    ? [{ to: at.parent, points: [center(at.parent)] }] : [];
  return [...flows, ...inside, ...out];
}

// The shortest way over the flows; a straight line where there is none.
function way(from: Element, to: Element): Point[] {
  const seen = new Set([from.id]);
  let front: { at: Element; points: Point[] }[] = [{ at: from, points: [] }];
  for (let depth = 0; depth < deepest && front.length > 0; depth++) {
    const next: typeof front = [];
    for (const { at, points } of front) {
      for (const step of onward(at)) {
        if (step.to.id === to.id) return [...points, ...step.points];
        if (seen.has(step.to.id)) continue;
        seen.add(step.to.id);
        next.push({ at: step.to, points: [...points, ...step.points] });
      }
    }
    front = next;
  }
  return [center(from), center(to)];
}

export class Moves {
  private running = new Map<SVGElement, Animation>();

  constructor(private layer: SVGGElement, private elements: unknown) {}

  show(moves: Move[]): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    if (this.running.size > 6 * most) return;
    for (const { from, to, count } of [...moves].sort((a, b) => b.count - a.count).slice(0, most)) {
      const a = (this.elements as Elements).get(from);
      const b = (this.elements as Elements).get(to);
      if (!a || !b) continue;
      const points = way(a, b);
      const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
      dot.setAttribute('r', String(Math.min(14, 4 + 2 * Math.log2(count + 1))));
      dot.setAttribute('class', 'mover');
      this.layer.appendChild(dot);
      const frames = points.map((p) => ({ transform: `translate(${p.x}px, ${p.y}px)` }));
      if (frames.length === 1) frames.push(frames[0]);
      const run = dot.animate(frames, { duration: millis, easing: 'linear', fill: 'both' });
      run.onfinish = () => {
        dot.remove();
        this.running.delete(dot);
      };
      this.running.set(dot, run);
    }
  }

  clear(): void {
    for (const [dot, run] of this.running) {
      run.cancel();
      dot.remove();
    }
    this.running.clear();
  }
}
