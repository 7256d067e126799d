// The codes of the value sets of required bindings.
export class ValueSets {
  used = []; // {url, open, codes: [{system, code}] sorted by code}
  #index = new Map();
  #sets = new Map();
  #systems = new Map();

  constructor(resources) {
    for (const resource of resources) {
      if (resource.resourceType === 'ValueSet') this.#sets.set(resource.url, resource);
      if (resource.resourceType === 'CodeSystem') this.#systems.set(resource.url, resource);
    }
  }

  use(canonical) {
    const url = canonical.split('|')[0];
    if (!this.#index.has(url)) {
      this.#index.set(url, this.used.length);
      const codes = this.#expand(url);
      this.used.push({ url, open: codes === undefined, codes: codes ?? [] });
    }
    return this.#index.get(url);
  }

  // undefined when it cannot be listed from these definitions (UCUM, MIME types, LOINC).
  #expand(url) {
    const set = this.#sets.get(url);
    if (!set?.compose) return undefined;
    const found = new Map();
    const add = (system, code) => found.set(`${code}\u0000${system}`, { system, code });
    for (const include of set.compose.include) {
      if (include.filter) return undefined;
      if (include.valueSet) {
        if (include.system || include.valueSet.length !== 1) return undefined;
        const inner = this.#expand(include.valueSet[0].split('|')[0]);
        if (!inner) return undefined;
        inner.forEach(({ system, code }) => add(system, code));
        continue;
      }
      const codes = include.concept?.map((concept) => concept.code) ?? this.#all(include.system);
      if (!codes) return undefined;
      codes.forEach((code) => add(include.system, code));
    }
    for (const exclude of set.compose.exclude ?? []) {
      if (exclude.filter || exclude.valueSet) return undefined;
      const codes = exclude.concept?.map((concept) => concept.code) ?? this.#all(exclude.system);
      codes?.forEach((code) => found.delete(`${code}\u0000${exclude.system}`));
    }
    const bytes = (text) => Buffer.from(text, 'utf8');
    return [...found.values()].sort(
      (a, b) =>
        Buffer.compare(bytes(a.code), bytes(b.code)) ||
        Buffer.compare(bytes(a.system), bytes(b.system)),
    );
  }

  #all(system) {
    const definition = this.#systems.get(system);
    if (definition?.content !== 'complete') return undefined;
    const codes = [];
    const visit = (concepts) => {
      for (const concept of concepts ?? []) {
        codes.push(concept.code);
        visit(concept.concept);
      }
    };
    visit(definition.concept);
    return codes;
  }
}
