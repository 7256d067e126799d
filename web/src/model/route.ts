// Where we are: the part of the address after '#/'.
import type { Account } from '../api/types';

export interface PageProps {
  account: Account;
  id: string;
}

export const here = () => location.hash.replace(/^#\/?/, '');
export const go = (path: string) => { location.hash = `#/${path}`; };
