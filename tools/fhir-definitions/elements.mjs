// Types' element lists as structures: one for each type and each group of elements inside a type.
const strengths = ['', 'example', 'preferred', 'extensible', 'required'];

// Every element has these two; the validator knows them by itself.
const everywhere = new Set(['ele-1', 'ext-1']);

const typeUrl = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const definitionUrl = 'http://hl7.org/fhir/StructureDefinition/';

export class Elements {
  structures = []; // {path, type, first, count, constraints}
  elements = [];
  constraints = [];
  structureOfType = [];
  #constraintIndex = new Map();
  #typeIndex;
  #valueSets;

  constructor(types, typeIndex, valueSets) {
    this.#typeIndex = typeIndex;
    this.#valueSets = valueSets;
    types.forEach((type, index) => {
      this.structureOfType[index] = this.#readType(type, index);
    });
    for (const element of this.elements) {
      const keys = new Set(element.types.flatMap((t) => this.#constraintsOfType(t.type)));
      element.constraints = element.constraints.filter((key) => !keys.has(key));
    }
  }

  #constraintsOfType(type) {
    return this.structures[this.structureOfType[type]].constraints;
  }

  #readType(type, index) {
    const elements = type.elements.filter(
      (element) => !(type.kind === 'primitive-type' && element.path === `${type.name}.value`),
    );
    // Groups get their numbers first, so that content references may point forward.
    const groups = new Map();
    const hasChildren = new Set(
      elements.map((element) => element.path.slice(0, element.path.lastIndexOf('.'))),
    );
    for (const element of elements) {
      if (!hasChildren.has(element.path)) continue;
      groups.set(element.path, { number: this.structures.length, element });
      this.structures.push({ path: element.path, type: index, constraints: [] });
    }
    for (const [path, { number, element }] of groups) {
      const children = elements.filter(
        (child) => child.path.slice(0, child.path.lastIndexOf('.')) === path,
      );
      const structure = this.structures[number];
      structure.first = this.elements.length;
      structure.count = children.length;
      if (path === type.name) structure.constraints = this.#readConstraints(element);
      for (const child of children) {
        this.elements.push(this.#readElement(child, path, number, groups));
      }
    }
    return groups.get(type.name).number;
  }

  #readElement(element, parentPath, parent, groups) {
    const name = element.path.slice(parentPath.length + 1);
    const target = element.contentReference?.slice(element.contentReference.indexOf('#') + 1);
    const group = groups.get(target ?? element.path);
    if (target && !group) throw new Error(`${element.path} refers to ${target}, which is missing`);
    const binding = strengths.indexOf(element.binding?.strength ?? '');
    return {
      name: name.replace('[x]', ''),
      min: element.min,
      max: element.max,
      choice: name.endsWith('[x]'),
      summary: element.isSummary === true,
      modifier: element.isModifier === true,
      xmlAttribute: element.representation?.includes('xmlAttr') ?? false,
      types: (target ? group.element.type : element.type).map((type) =>
        this.#readChoice(type, element.path),
      ),
      structure: group?.number,
      parent,
      binding,
      valueSet:
        element.binding?.strength === 'required'
          ? this.#valueSets.use(element.binding.valueSet)
          : undefined,
      constraints: this.#readConstraints(element),
    };
  }

  #readChoice(type, path) {
    let code = type.code;
    if (code.startsWith('http://hl7.org/fhirpath/')) {
      code = type.extension?.find((extension) => extension.url === typeUrl)?.valueUrl ?? 'string';
    }
    // The snapshot calls a resource's id a string; the specification's text says id.
    if (/^[A-Z][A-Za-z]*\.id$/.test(path) && this.#isResource(path.slice(0, -3))) code = 'id';
    const index = this.#typeIndex.get(code);
    if (index === undefined) throw new Error(`${path} has the unknown type ${code}`);
    return { type: index, targets: this.#readTargets(type, path) };
  }

  #isResource(name) {
    return this.#typeIndex.get(name) >= this.#typeIndex.get('Account');
  }

  #readTargets(type, path) {
    const names = (type.targetProfile ?? []).map((url) => url.replace(definitionUrl, ''));
    // "Resource" and the logical MetadataResource stand for any resource.
    if (names.some((name) => name === 'Resource' || name === 'MetadataResource')) return [];
    return names
      .map((name) => this.#typeIndex.get(name))
      .filter((index) => index !== undefined)
      .sort((a, b) => a - b);
  }

  #readConstraints(element) {
    return (element.constraint ?? [])
      .filter((constraint) => !everywhere.has(constraint.key))
      .map((constraint) => {
        const { key, human, expression, severity } = constraint;
        const identity = JSON.stringify([key, human, expression, severity]);
        if (!this.#constraintIndex.has(identity)) {
          this.#constraintIndex.set(identity, this.constraints.length);
          this.constraints.push({ key, human, expression, severity });
        }
        return this.#constraintIndex.get(identity);
      });
  }
}
