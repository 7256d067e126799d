// The frame: who is logged in, where to go, which page.
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, onLoggedOut, post } from '../api/client';
import type { Account } from '../api/types';
import { language, setLanguage, t } from '../model/words';
import type { Key } from '../model/words';
import { Loading } from '../parts/common';
import { CasePage } from './case';
import { CasesPage } from './cases';
import { Login } from './login';
import { MessagesPage } from './messages';
import { PathwayPage } from './pathway';
import { RehearsePage } from './rehearse';
import { ReviewPage } from './review';
import { WorkPage } from './work';
import { WorklistPage } from './worklist';

export interface PageProps {
  account: Account;
  id: string;
}

interface Page {
  path: string;
  menu?: Key;
  view: FunctionComponent<PageProps>;
}

const pages: Page[] = [
  { path: 'worklist', menu: 'worklist', view: WorklistPage },
  { path: 'work', view: WorkPage },
  { path: 'cases', menu: 'cases', view: CasesPage },
  { path: 'case', view: CasePage },
  { path: 'pathway', menu: 'pathway', view: PathwayPage },
  { path: 'rehearse', menu: 'rehearse', view: RehearsePage },
  { path: 'review', menu: 'review', view: ReviewPage },
  { path: 'messages', menu: 'messages', view: MessagesPage },
];

const here = () => location.hash.replace(/^#\/?/, '');
export const go = (path: string) => { location.hash = `#/${path}`; };

export function App() {
  const [account, setAccount] = useState<Account | null | undefined>(undefined);
  const [path, setPath] = useState(here());
  const [, redraw] = useState(0);
  useEffect(() => {
    onLoggedOut(() => setAccount(null));
    get<Account>('/api/me').then(setAccount, () => setAccount(null));
    const follow = () => {
      setPath(here());
      document.getElementById('main')?.focus();
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const switchLanguage = () => {
    setLanguage(language() === 'fr' ? 'en' : 'fr');
    redraw((n) => n + 1);
  };
  const [name = '', id = ''] = path.split('/');
  const page = pages.find((p) => p.path === name) ?? pages[0];
  useEffect(() => {
    document.title = `${page.menu ? t(page.menu) : t('worklist')} – ${t('product')}`;
  });
  if (account === undefined) return <main class="lonely"><Loading /></main>;
  const languageButton = (
    <button type="button" class="plain" lang={language() === 'fr' ? 'en' : 'fr'} onClick={switchLanguage}>
      {t('language')}
    </button>
  );
  if (account === null) return <Login onDone={setAccount} extra={languageButton} />;
  const View = page.view;
  return (
    <>
      <header>
        <a class="brand" href="#/worklist">{t('product')}</a>
        <nav aria-label={t('product')}>
          {pages.filter((p) => p.menu).map((p) => (
            <a key={p.path} href={`#/${p.path}`} aria-current={p === page ? 'page' : undefined}>
              {t(p.menu as Key)}
            </a>
          ))}
        </nav>
        <span class="who">{account.name}</span>
        {languageButton}
        <button type="button" class="plain" onClick={() => void post('/api/logout').finally(() => setAccount(null))}>
          {t('log_out')}
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <View key={`${page.path}/${id}/${language()}`} account={account} id={decodeURIComponent(id)} />
      </main>
      <footer>{t('advice')}</footer>
    </>
  );
}
