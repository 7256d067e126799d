// One replication seen on the drawing: how many wait and are in hand at each step, hour by hour. To
// be played, or moved by hand; the same stands in words below.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Animated, Rehearsal } from '../api/rehearsal';
import type { PathwayInfo } from '../api/types';
import { words } from '../model/rehearsal';
import { usePolled } from '../model/poll';
import { number } from '../model/time';
import { locale, t, wordFor } from '../model/words';
import { Card, ErrorBox, Loading } from './common';
import { Drawing } from './drawing';
import type { Figure } from './drawing';
import type { Move } from './moves';

const listed = 6;
const still: Move[] = [];
const speeds = { slow: 1, normal: 3, fast: 10 } as const; // steps a second
type Speed = keyof typeof speeds;

function useStep(animated: Animated) {
  const [step, setStep] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>('normal');
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => setStep((now) => {
      if (now + 1 < animated.steps) return now + 1;
      setPlaying(false);
      return now;
    }), 1000 / speeds[speed]);
    return () => clearInterval(timer);
  }, [playing, speed, animated]);
  return { step, setStep, playing, setPlaying, speed, setSpeed };
}

// The moves of each step; a way that many take is one dot.
function movesByStep(animated: Animated): Map<number, Move[]> {
  const out = new Map<number, Move[]>();
  for (const { from, to, at } of animated.moves) {
    for (let i = 0; i < at.length; i += 2) {
      const list = out.get(at[i]) ?? [];
      list.push({ from, to, count: at[i + 1] });
      out.set(at[i], list);
    }
  }
  return out;
}

function Player({ animated, info, names }: { animated: Animated; info: PathwayInfo; names: Map<string, string> }) {
  const { step, setStep, playing, setPlaying, speed, setSpeed } = useStep(animated);
  const moves = useMemo(() => movesByStep(animated), [animated]);
  const clock = useMemo(() => new Intl.DateTimeFormat(locale(), {
    timeZone: animated.zone, weekday: 'short', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit',
  }), [animated]);
  const at = clock.format(Date.parse(animated.start) + step * animated.step_minutes * 60_000);
  const figures = useMemo<Figure[]>(() => animated.activities.flatMap((a) => [
    { id: a.id, count: a.in_hand[step] ?? 0 },
    { id: a.id, count: a.waiting[step] ?? 0, kind: 'waiting' as const },
  ]), [animated, step]);
  const busy = animated.activities
    .map((a) => ({ id: a.id, waiting: a.waiting[step] ?? 0, in_hand: a.in_hand[step] ?? 0 }))
    .filter((a) => a.waiting + a.in_hand > 0)
    .sort((a, b) => b.waiting - a.waiting || b.in_hand - a.in_hand).slice(0, listed);
  return (
    <>
      <div class="bar player">
        <button type="button" class="main" onClick={() => { if (!playing && step + 1 >= animated.steps) setStep(0); setPlaying(!playing); }}>
          {playing ? t('pause_animation') : t('play_animation')}
        </button>
        <label class="grow">
          <span class="sr">{t('moment')}</span>
          <input type="range" min={0} max={animated.steps - 1} step={1} value={step} aria-valuetext={at}
            onInput={(e) => { setPlaying(false); setStep(Number((e.target as HTMLInputElement).value)); }} />
        </label>
        <label>{t('speed')}{' '}
          <select value={speed} onChange={(e) => setSpeed((e.target as HTMLSelectElement).value as Speed)}>
            {(Object.keys(speeds) as Speed[]).map((s) => <option key={s} value={s}>{t(`speed_${s}`)}</option>)}
          </select>
        </label>
      </div>
      <p class="now"><strong>{at}</strong> <span class="quiet">{t('in_care', number(animated.open[step] ?? 0, 0))}</span></p>
      <Drawing info={info} shown="" figures={figures} moves={playing ? moves.get(step) ?? still : undefined} />
      <p class="legend"><span class="key">{t('in_hand')}</span><span class="key missed">{t('waiting_there')}</span></p>
      <ul class="moving" aria-live={playing ? 'off' : 'polite'}>
        {busy.map((a) => (
          <li key={a.id}>
            <span>{names.get(a.id) ?? wordFor('activity', a.id)}</span>
            <span class="quiet">{t('waiting_and_in_hand', number(a.waiting, 0), number(a.in_hand, 0))}</span>
          </li>
        ))}
        {busy.length === 0 && <li class="quiet">{t('nobody_waits')}</li>}
      </ul>
    </>
  );
}

export function Seen({ id, result }: { id: string; result: Rehearsal }) {
  const [open, setOpen] = useState(false);
  const animated = usePolled<Animated>(open ? `/api/rehearsals/${encodeURIComponent(id)}/animation` : null, 0);
  const info = usePolled<PathwayInfo>(open ? `/api/pathways/${encodeURIComponent(result.pathway)}` : null, 0);
  const names = useMemo(() => new Map([
    ...(info.value?.activities ?? []).map((a) => [a.id, a.name] as const),
    ...result.activities.map((a) => [a.id, words(a.name, a.id)] as const),
  ]), [info.value, result]);
  const error = animated.error ?? info.error;
  return (
    <Card title={t('animation')} lead={t('animation_lead')}>
      {!open && <button type="button" onClick={() => setOpen(true)}>{t('show_animation')}</button>}
      {open && error && <ErrorBox error={error} retry={() => { animated.refresh(); info.refresh(); }} />}
      {open && !error && !(animated.value && info.value) && <Loading />}
      {animated.value && info.value && <Player animated={animated.value} info={info.value} names={names} />}
    </Card>
  );
}
