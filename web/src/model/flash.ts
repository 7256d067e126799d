// One sentence that survives a change of page: what was saved is said where one lands.
import { useEffect, useState } from 'preact/hooks';

let waiting = '';

export const say = (text: string) => { waiting = text; };

export function useSaid(): string {
  const [text, setText] = useState('');
  useEffect(() => {
    if (!waiting) return undefined;
    setText(waiting);
    waiting = '';
    const timer = setTimeout(() => setText(''), 8000);
    return () => clearTimeout(timer);
  }, []);
  return text;
}
