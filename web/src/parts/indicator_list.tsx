// Indicators under the three headings of the evaluation: words left, picture right.
import type { ComponentChildren } from 'preact';
import type { Heading } from '../api/review';
import { t } from '../model/words';
import type { Key } from '../model/words';

export const headings: Heading[] = ['process', 'capabilities', 'society'];

export function ByHeading<T extends { id: string; heading: Heading }>({ items, tiled, children }: {
  items: T[]; tiled?: boolean;  children: (item: T) => ComponentChildren;
}) {
  return (
    <>
      {headings.map((heading) => {
        const mine = items.filter((i) => i.heading === heading);
        if (mine.length === 0) return null;
        return (
          <section key={heading} aria-label={t(`heading_${heading}`)}>
            <h3>{t(`heading_${heading}`)}</h3>
            <div class={tiled ? 'tiled' : ''}>
              {mine.map((item) => <div key={item.id} class="indicator">{children(item)}</div>)}
            </div>
          </section>
        );
      })}
    </>
  );
}

const shapes = { good: '✓', bad: '✕', open: '?', changed: '≠' };

// In words and by shape, never by colour alone.
export function Verdict({ kind, word }: { kind: keyof typeof shapes; word: Key }) {
  return <span class={`verdict ${kind}`}><span aria-hidden="true">{shapes[kind]}</span> {t(word)}</span>;
}
