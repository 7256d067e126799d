// Work that was locked for a person by looking at it. Whoever leaves it without having begun gives
// it back, so that an alert which somebody only looked at waits for nobody. What was begun (a call,
// an answer) stays with who began it, whatever page they go to.

// `closing`: the page is going away, the request must outlive it.
export type Ask = (action: 'take' | 'release', closing: boolean) => Promise<unknown>;

// By work: what is being given back, so that whoever opens it again waits for that.
const leaving = new Map<string, Promise<unknown>>();
let current: Hold | null = null;

export class Hold {
  private taking: Promise<unknown> = Promise.resolve();
  private mine = false; // locked by this page, which may give it back
  private gone = false;

  constructor(private readonly id: string, private readonly ask: Ask) { current = this; }

  // Before looking at who holds the work: what this page gave back a moment ago is back.
  async ready(): Promise<void> { await leaving.get(this.id); }

  // Locks it, because it was opened. An error when somebody else was quicker.
  async take(): Promise<void> {
    if (this.gone) return;
    const taken = this.ask('take', false).then(() => { this.mine = true; });
    this.taking = taken.catch(() => null);
    await taken;
  }

  // A call, a first answer, taken on purpose, done, or given back: nothing is left to be given back.
  keep(): void { this.mine = false; }

  // Another page, or the window closes.
  leave(closing = false): Promise<unknown> {
    // Only what is certainly held: who may take work from others would take it from them.
    const give = () => {
      if (!this.mine) return null;
      this.mine = false;
      return this.ask('release', closing);
    };
    if (closing) return Promise.resolve(give()).catch(() => null);
    this.gone = true;
    if (current === this) current = null;
    const given = this.taking.then(give).catch(() => null);
    leaving.set(this.id, given);
    return given.finally(() => { if (leaving.get(this.id) === given) leaving.delete(this.id); });
  }
}

// Before logging out: afterwards nobody could give it back.
export const leaveWork = (): Promise<unknown> => current?.leave() ?? Promise.resolve();
