// The door for staff.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, post } from '../api/client';
import type { Account } from '../api/types';
import { t } from '../model/words';
import { ErrorBox } from '../parts/common';

export function Login({ onDone, extra }: { onDone: (account: Account) => void;
                                          extra: ComponentChildren }) {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const data = new FormData(form);
    setBusy(true);
    try {
      onDone(await post<Account>('/api/login', {
        account: String(data.get('account')).trim(), password: String(data.get('password')),
      }));
    } catch (problem) {
      setError(problem as ApiError);
      setBusy(false);
      form.querySelector<HTMLInputElement>('[name=password]')?.select();
    }
  };
  return (
    <main class="lonely">
      <img src="/icon.svg" alt="" width="56" height="56" />
      <h1>{t('product')}</h1>
      <p class="quiet">{t('welcome')}</p>
      <form class="card" onSubmit={(event) => void send(event)}>
        {error && <ErrorBox error={error} />}
        <label for="account">{t('account')}</label>
        <input id="account" name="account" autocomplete="username" autocapitalize="none"
          spellcheck={false} required autofocus />
        <label for="password">{t('password')}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button type="submit" class="main" disabled={busy}>{t('log_in')}</button>
      </form>
      <p>{extra}</p>
      <p class="quiet small">{t('advice')}</p>
    </main>
  );
}
