// The frame: who is logged in, where to go, which page.
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, onLoggedOut, post } from '../api/client';
import type { Account } from '../api/types';
import { leaveWork } from '../model/hold';
import { useShortcuts } from '../model/keys';
import { go, here } from '../model/route';
import type { PageProps } from '../model/route';
import { language, proposeLanguage, setLanguage, t } from '../model/words';
import type { Key } from '../model/words';
import { Loading } from '../parts/common';
import { forgetDrafts } from '../parts/form';
import { CasePage } from './case';
import { CasesPage } from './cases';
import { EnrolPage } from './enrol';
import { Login } from './login';
import { MessagesPage } from './messages';
import { WorkPage } from './work';
import { WorklistPage } from './worklist';

type View = FunctionComponent<PageProps>;

// Pages for a quieter hour are loaded when they are opened: the queue is there at once.
function later(load: () => Promise<View>): View {
  let loaded: View | null = null;
  return function Later(props) {
    const [, redraw] = useState(0);
    useEffect(() => {
      if (!loaded) void load().then((view) => { loaded = view; redraw((n) => n + 1); });
    }, []);
    const Loaded = loaded;
    return Loaded ? <Loaded {...props} /> : <Loading />;
  };
}

interface Page {
  path: string;
  title: Key;
  menu?: boolean;
  under?: string;
  needs?: string; // what the account must be able to do
  view: View;
}

const pages: Page[] = [
  { path: 'worklist', title: 'worklist', menu: true, view: WorklistPage },
  { path: 'work', title: 'worklist', under: 'worklist', view: WorkPage },
  { path: 'cases', title: 'cases', menu: true, view: CasesPage },
  { path: 'case', title: 'cases', under: 'cases', view: CasePage },
  { path: 'enrol', title: 'new_patient', under: 'cases', view: EnrolPage },
  { path: 'pathway', title: 'pathway', menu: true,
    view: later(() => import('./pathway').then((m) => m.PathwayPage)) },
  { path: 'rehearse', title: 'rehearse', menu: true,
    view: later(() => import('./rehearse').then((m) => m.RehearsePage)) },
  { path: 'review', title: 'review', menu: true,
    view: later(() => import('./review').then((m) => m.ReviewPage)) },
  { path: 'messages', title: 'messages', menu: true, needs: 'messages', view: MessagesPage },
];
const menuOf = (account: Account) => pages.filter((p) => p.menu && (!p.needs || account.may.includes(p.needs)));

function Header({ page, account, switchLanguage, logOut }: {
  page: Page; account: Account; switchLanguage: () => void; logOut: () => void;
}) {
  return (
    <header>
      <a class="skip" href={location.hash || '#/'} onClick={(event) => {
        event.preventDefault();
        document.getElementById('main')?.focus();
      }}>{t('skip')}</a>
      <a class="brand" href="#/worklist"><img src="/icon.svg" alt="" width="28" height="28" /><span>{t('product')}</span></a>
      <nav aria-label={t('menu')}>
        {menuOf(account).map((p, index) => (
          <a key={p.path} href={`#/${p.path}`} aria-keyshortcuts={String(index + 1)}
            aria-current={p.path === page.path || p.path === page.under ? 'page' : undefined}>
            {t(p.title)} <kbd aria-hidden="true">{index + 1}</kbd>
          </a>
        ))}
      </nav>
      <div class="who">
        <span>{account.name}</span>
        <LanguageButton onClick={switchLanguage} />
        <button type="button" class="plain small" onClick={logOut}>{t('log_out')}</button>
      </div>
    </header>
  );
}

function LanguageButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" class="plain small" lang={language() === 'fr' ? 'en' : 'fr'} onClick={onClick}>
      {t('language')}
    </button>
  );
}

export function App() {
  const [account, setAccount] = useState<Account | null | undefined>(undefined);
  const [path, setPath] = useState(here());
  const [, redraw] = useState(0);
  const known = (next: Account) => {
    proposeLanguage(next.account, next.language);
    setAccount(next);
  };
  useEffect(() => {
    onLoggedOut(() => setAccount(null));
    get<Account>('/api/me').then(known, () => setAccount(null));
    const follow = () => {
      setPath(here());
      document.getElementById('main')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const switchLanguage = () => {
    setLanguage(language() === 'fr' ? 'en' : 'fr');
    redraw((n) => n + 1);
  };
  const logOut = () => void leaveWork().then(() => post('/api/logout')).catch(() => null).finally(() => {
    forgetDrafts();
    setAccount(null);
  });
  useShortcuts(account ? menuOf(account).map((p, i) => ({ key: String(i + 1), run: () => go(p.path) })) : []);
  const [name = '', id = ''] = path.split('/');
  const page = pages.find((p) => p.path === name) ?? pages[0];
  useEffect(() => {
    if (page.path !== 'worklist') document.title = `${t(page.title)} – ${t('product')}`;
  });
  if (account === undefined) return <main class="lonely"><Loading /></main>;
  if (account === null) return <Login onDone={known} extra={<LanguageButton onClick={switchLanguage} />} />;
  const View = page.view;
  return (
    <>
      <Header page={page} account={account} switchLanguage={switchLanguage} logOut={logOut} />
      <main id="main" tabIndex={-1}>
        <View key={`${page.path}/${id}/${language()}`} account={account} id={decodeURIComponent(id)} />
      </main>
      <footer>{t('advice')}</footer>
    </>
  );
}
