// The table's outer form: "PFD1", the texts (each once), then unsigned LEB128 numbers. A text is
// its number in the list of texts; an optional index is index + 1, or 0 when there is none.
export class Writer {
  #bytes = [];
  #texts = new Map();

  number(value) {
    if (!Number.isInteger(value) || value < 0) throw new Error(`not a number to write: ${value}`);
    while (value >= 0x80) {
      this.#bytes.push((value % 0x80) | 0x80);
      value = Math.floor(value / 0x80);
    }
    this.#bytes.push(value);
  }
  optional(index) {
    this.number(index === undefined ? 0 : index + 1);
  }
  flag(value) {
    this.number(value ? 1 : 0);
  }
  text(value) {
    if (typeof value !== 'string') throw new Error(`not a text to write: ${value}`);
    if (!this.#texts.has(value)) this.#texts.set(value, this.#texts.size);
    this.number(this.#texts.get(value));
  }
  list(items, write) {
    this.number(items.length);
    items.forEach(write);
  }

  finish() {
    const body = Buffer.from(this.#bytes);
    this.#bytes = [];
    const texts = [...this.#texts.keys()].map((text) => Buffer.from(text, 'utf8'));
    this.list(texts, (text) => this.number(text.length));
    return Buffer.concat([Buffer.from('PFD1'), Buffer.from(this.#bytes), ...texts, body]);
  }
}
