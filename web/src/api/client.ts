// One function for every call: cookies, the header that other sites cannot send, errors in words.

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly help: string,
    readonly body: unknown,
  ) {
    super(message);
  }
}

// The language of the page: what the server says in words comes in the same.
let spoken = 'fr';
export const speak = (language: string) => { spoken = language; };

let whenLoggedOut: () => void = () => {};
export function onLoggedOut(action: () => void): void {
  whenLoggedOut = action;
}

interface ErrorBody {
  error?: { code?: string; message?: string; help?: string };
}

// Something between here and the server may answer in its own words: a proxy's page is no JSON.
function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

export async function call<T>(method: string, path: string, body?: unknown,
                              headers: Record<string, string> = {}, keepalive = false): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      keepalive, // the request outlives the page
      headers: {
        Accept: 'application/json',
        'Accept-Language': spoken,
        'X-Passerelle': '1',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'unreachable', '', '', null);
  }
  const text = await response.text();
  const content = parsed(text);
  if (response.ok) return content as T;
  if (response.status === 401 && path !== '/api/login') whenLoggedOut();
  const error = (content as ErrorBody | null)?.error ?? {};
  throw new ApiError(response.status, error.code ?? 'error', error.message ?? response.statusText,
                     error.help ?? '', content);
}

export const get = <T>(path: string) => call<T>('GET', path);
export const post = <T>(path: string, body: unknown = {}, headers?: Record<string, string>) =>
  call<T>('POST', path, body, headers);
export const postAtLast = (path: string) => call<unknown>('POST', path, {}, {}, true);
export const remove = <T>(path: string) => call<T>('DELETE', path);
