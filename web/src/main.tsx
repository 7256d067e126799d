import { render } from 'preact';
import { App } from './pages/app';
import './style.css';

render(<App />, document.getElementById('app') as HTMLElement);
