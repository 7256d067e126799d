import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, post } from '../api/client';
import type { Account } from '../api/types';
import { t } from '../model/words';
import { ErrorBox } from '../parts/common';

export function Login({ onDone, extra }: { onDone: (account: Account) => void;
                                          extra: ComponentChildren }) {
  const [error, setError] = useState<ApiError | null>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    try {
      onDone(await post<Account>('/api/login', {
        account: String(form.get('account')), password: String(form.get('password')),
      }));
    } catch (problem) {
      setError(problem as ApiError);
    }
  };
  return (
    <main class="lonely">
      <h1>{t('product')}</h1>
      <form class="card" onSubmit={(event) => void send(event)}>
        {error && <ErrorBox error={error} />}
        <label for="account">{t('account')}</label>
        <input id="account" name="account" autocomplete="username" required autofocus />
        <label for="password">{t('password')}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button type="submit" class="main">{t('log_in')}</button>
      </form>
      <p>{extra}</p>
    </main>
  );
}
