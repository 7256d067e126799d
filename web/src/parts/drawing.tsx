// A BPMN file as drawn, by the bpmn-js viewer (whose mark stays visible), with a figure at each step
// where there are patients. Names come from the server, in the language of the account.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PathwayInfo } from '../api/types';
import { t } from '../model/words';
import { Moves } from './moves';
import type { Move } from './moves';

interface Overlays { add: (element: string, overlay: unknown) => void; clear: () => void }
interface Canvas {
  getLayer: (name: string, index?: number) => SVGGElement;
  zoom: (how: number | 'fit-viewport', where?: 'auto') => number;
  viewbox: (box?: Box) => Box & { inner: Box; outer: { width: number; height: number } };
  resized: () => void;
  addMarker: (element: string, marker: string) => void;
  removeMarker: (element: string, marker: string) => void;
}
interface Box { x: number; y: number; width: number; height: number }
interface Registry { get: (id: string) => Box | undefined }
interface Viewer {
  importXML: (xml: string) => Promise<unknown>;
  get: (name: string) => unknown;
  destroy: () => void;
}

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The names of the drawing in the language that is read, not the one it was drawn in.
function inWords(xml: string, info: PathwayInfo): string {
  const parsed = new DOMParser().parseFromString(xml, 'application/xml');
  if (parsed.querySelector('parsererror')) return xml;
  const names = new Map([
    ...(info.activities ?? []).map((a) => [a.id, a.name] as const),
    ...Object.entries(info.labels ?? {}),
  ]);
  for (const element of Array.from(parsed.querySelectorAll('[id]'))) {
    const name = names.get(element.getAttribute('id') ?? '');
    if (name) element.setAttribute('name', name);
  }
  return new XMLSerializer().serializeToString(parsed);
}

async function makeViewer(container: HTMLElement): Promise<Viewer> {
  const [{ default: NavigatedViewer }] = await Promise.all([
    import('bpmn-js/lib/NavigatedViewer'),
    import('bpmn-js/dist/assets/diagram-js.css'),
    import('bpmn-js/dist/assets/bpmn-js.css'),
  ]);
  const colours = { defaultFillColor: css('--paper'), defaultStrokeColor: css('--ink'), defaultLabelColor: css('--ink') };
  return new NavigatedViewer({ container, bpmnRenderer: colours }) as unknown as Viewer;
}

function useTheme(): boolean {
  const [dark, setDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return dark;
}

// Figures at the steps; unless others are given, how many patients are there.
export interface Figure { id: string; count: number; kind?: 'waiting' }

export function Drawing({ info, shown, figures, moves }: {
  info: PathwayInfo; shown: string; figures?: Figure[]; moves?: Move[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const viewer = useRef<Viewer | null>(null);
  const [ready, setReady] = useState(0);
  const [failed, setFailed] = useState(false);
  const dark = useTheme();
  const canvas = () => viewer.current?.get('canvas') as Canvas | undefined;
  const registry = () => viewer.current?.get('elementRegistry') as Registry | undefined;
  const show = (element: Box) => {
    const on = canvas();
    if (!on) return;
    const { outer } = on.viewbox();
    const width = Math.max(element.width * 1.5, Math.min(outer.width, 700) * 1.2);
    const height = width * (outer.height / outer.width);
    on.viewbox({ x: element.x + element.width / 2 - width / 2, y: element.y + element.height / 2 - height / 2, width, height });
  };
  // The box is as high as the drawing is at full width, and the drawing fills it.
  const fit = () => {
    const on = canvas();
    if (!on || !box.current) return;
    const { inner } = on.viewbox();
    const high = box.current.clientWidth * (inner.height / inner.width) + 24;
    box.current.style.height = `${Math.round(Math.max(260, Math.min(high, innerHeight * 0.9)))}px`;
    on.resized();
    on.zoom('fit-viewport', 'auto');
  };
  useEffect(() => {
    let gone = false;
    let made: Viewer | null = null;
    void (async () => {
      try {
        const response = await fetch(`/api/pathways/${encodeURIComponent(info.id)}/bpmn`, { headers: { 'X-Passerelle': '1' } });
        if (!response.ok) throw new Error(response.statusText);
        const xml = await response.text();
        if (gone || !box.current) return;
        made = await makeViewer(box.current);
        await made.importXML(inWords(xml, info));
        if (gone) { made.destroy(); return; }
        viewer.current = made;
        fit();
        // On a phone the whole can be seen but not read: begin where most patients are.
        const busiest = Object.entries(info.counts ?? {}).sort((a, b) => b[1] - a[1])
          .map(([id]) => registry()?.get(id)).find((e) => e !== undefined && e.width < 200);
        if (busiest && box.current.clientWidth < 700) show(busiest);
        setFailed(false);
        setReady((n) => n + 1);
      } catch {
        if (!gone) setFailed(true);
      }
    })();
    return () => {
      gone = true;
      viewer.current = null;
      made?.destroy();
      box.current?.replaceChildren();
    };
  }, [info.id, dark]);
  useEffect(() => {
    if (!viewer.current) return;
    const overlays = viewer.current.get('overlays') as Overlays;
    const elements = viewer.current.get('elementRegistry') as Registry;
    overlays.clear();
    const drawn: Figure[] = figures ?? Object.entries(info.counts ?? {}).map(([id, count]) => ({ id, count }));
    for (const { id, count, kind } of drawn) {
      if (count === 0 || !elements.get(id)) continue;
      const position = kind === 'waiting' ? { top: -14, left: -10 } : { top: -14, right: 16 };
      overlays.add(id, { position, scale: { min: 0.6, max: 1.5 }, html: `<span class="count ${kind ?? ''}">${count}</span>` });
    }
  }, [info.counts, figures, ready]);
  const dots = useRef<Moves | null>(null);
  useEffect(() => {
    const on = canvas();
    dots.current?.clear();
    dots.current = on ? new Moves(on.getLayer('moves', 100), viewer.current?.get('elementRegistry')) : null;
  }, [ready]);
  // Those of the step before may still be on their way.
  useEffect(() => { if (moves) dots.current?.show(moves); else dots.current?.clear(); }, [moves, ready]);
  useEffect(() => {
    const on = canvas();
    const element = shown && registry()?.get(shown);
    if (!on || !element) return undefined;
    on.addMarker(shown, 'shown');
    show(element);
    return () => { if (viewer.current) canvas()?.removeMarker(shown, 'shown'); };
  }, [shown, ready]);
  const scale = (by: number) => () => { const on = canvas(); if (on) on.zoom(on.zoom(undefined as never) * by, 'auto'); };
  if (failed) return <p class="error">{t('drawing_failed')}</p>;
  return (
    <section class="drawing" aria-label={t('drawing')}>
      <div class="bar">
        <button type="button" class="small" onClick={scale(1.4)}>+ {t('zoom_in')}</button>
        <button type="button" class="small" onClick={scale(1 / 1.4)}>− {t('zoom_out')}</button>
        <button type="button" class="small" onClick={fit}>{t('zoom_fit')}</button>
        <span class="quiet">{t('drawing_hint')}</span>
      </div>
      <div class="bpmn" ref={box} />
    </section>
  );
}
