// Which pathway a page is about, where a server has several.
import type { PathwayInfo } from '../api/types';
import { t } from '../model/words';

export function PathwayChoice({ page, pathways, chosen }: { page: string; pathways: PathwayInfo[];
                                                            chosen: string }) {
  if (pathways.length < 2) return null;
  return (
    <nav class="tabs" aria-label={t('pathway')}>
      {pathways.map((p) => (
        <a key={p.id} href={`#/${page}/${encodeURIComponent(p.id)}`} aria-current={p.id === chosen ? 'true' : undefined}>
          {p.title}
        </a>
      ))}
    </nav>
  );
}
