// The keyboard: every page names its keys once, for the listener and for the line that shows them.
import { useLayoutEffect, useState } from 'preact/hooks';

export interface Shortcut {
  key: string;         // KeyboardEvent.key, or "ctrl+Enter"
  run: () => void;
}

const memory = 'single-keys';
let singleKeys = (() => {
  try {
    return localStorage.getItem(memory) !== 'off';
  } catch {
    return true;
  }
})();

// Keys of one letter or digit can be switched off (WCAG 2.1.4): speech input and unsteady hands
// set them off by accident.
export function useSingleKeys(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(singleKeys);
  return [on, (next) => {
    singleKeys = next;
    setOn(next);
    try {
      localStorage.setItem(memory, next ? 'on' : 'off');
    } catch {
      // Remembered for this page only.
    }
  }];
}

const typing = (target: EventTarget | null) => target instanceof HTMLTextAreaElement
  || target instanceof HTMLSelectElement
  || (target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio');

// Before anything is painted: a key that is shown works, however quick the hand.
export function useShortcuts(shortcuts: Shortcut[]): void {
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      const held = event.ctrlKey || event.metaKey;
      const name = held ? `ctrl+${event.key}` : event.key;
      const found = shortcuts.find((s) => s.key === name);
      if (!found) return;
      if (!held && event.key !== 'Escape' && typing(event.target)) return;
      if (event.key.length === 1 && !held && !singleKeys) return;
      event.preventDefault();
      found.run();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
}
