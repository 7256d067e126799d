// The line that shows which keys work here.
import { useSingleKeys } from '../model/keys';
import { t } from '../model/words';

export const Key = ({ name }: { name: string }) => <kbd aria-hidden="true">{name}</kbd>;

export function KeyLine({ keys }: { keys: [string[], string][] }) {
  const [on, setOn] = useSingleKeys();
  return (
    <div class="key-line" role="group" aria-label={t('keys')}>
      {keys.map(([names, what]) => (
        <span key={what}>{names.map((name) => <kbd key={name}>{name}</kbd>)} {what}</span>
      ))}
      <label>
        <input type="checkbox" checked={on} onChange={() => setOn(!on)} /> {t('letters_on')}
      </label>
    </div>
  );
}
