// What R4 (4.0.1) itself defines: the profiles without what the package added, and with what it
// replaced.

// dataelements.json names each element "de-" + path; what does not fit an id of 64 characters is
// missing from it, so longer paths cannot be judged by it.
const longestJudged = 61;

// Elements that the package replaced by those of a later version, in R4's order.
const order = {
  'EvidenceVariable.characteristic': [
    'description',
    'definition[x]',
    'usageContext',
    'exclude',
    'participantEffective[x]',
    'timeFromStart',
    'groupMeasure',
  ],
};
// Data elements of a constrained type (SimpleQuantity) overwrite those of the type itself there.
const shadowed = new Set(['Quantity.comparator']);

function readDataElements(dataElements) {
  const byPath = new Map();
  for (const data of dataElements) {
    for (const element of data.snapshot?.element ?? []) {
      if (!byPath.has(element.path)) byPath.set(element.path, element);
    }
  }
  return byPath;
}

const isGroup = (element) =>
  element.contentReference !== undefined ||
  (element.type ?? []).every((type) => ['BackboneElement', 'Element'].includes(type.code));

function withoutAdded(elements, official) {
  const judged = elements.filter((element) => {
    const path = element.base?.path ?? element.path;
    return isGroup(element) || official.has(path) || path.length > longestJudged;
  });
  // A group of which nothing is left but what every element has was added as a whole.
  const common = /\.(id|extension|modifierExtension)$/;
  return judged.filter((element) => {
    if (!isGroup(element) || element.contentReference || !element.path.includes('.')) return true;
    const inside = judged.filter((other) => other.path.startsWith(`${element.path}.`));
    return inside.some((other) => !isGroup(other) && !common.test(other.path));
  });
}

function dropOrphans(elements) {
  const paths = new Set(elements.map((element) => element.path));
  return elements.filter((element) => {
    const parent = element.path.slice(0, element.path.lastIndexOf('.'));
    return !element.path.includes('.') || paths.has(parent);
  });
}

function asPublished(element, official) {
  const published = official.get(element.path);
  if (!published || shadowed.has(element.path)) return element;
  const { min, max, type, binding } = published;
  return { ...element, min, max, type, binding };
}

function inOrder(elements, official) {
  for (const [group, names] of Object.entries(order)) {
    const at = elements.findIndex((element) => element.path === group);
    if (at < 0) continue;
    const paths = names.map((name) => `${group}.${name}`);
    const common = /\.(id|extension|modifierExtension)$/;
    const rest = elements.filter(
      (element) => !element.path.startsWith(`${group}.`) || common.test(element.path),
    );
    const replaced = paths.map((path) => official.get(path));
    if (replaced.includes(undefined)) throw new Error(`no data element for a part of ${group}`);
    let end = rest.findIndex((element) => element.path === group) + 1;
    while (rest[end]?.path.startsWith(`${group}.`)) end += 1;
    rest.splice(end, 0, ...replaced);
    elements = rest;
  }
  return elements;
}

const lastOf = (url) => url?.slice(url.lastIndexOf('/') + 1);

// [{name, kind, abstract, base, elements}], sorted by kind and name.
export function officialTypes(profiles, dataElements) {
  const official = readDataElements(dataElements);
  const kinds = ['primitive-type', 'complex-type', 'resource'];
  return profiles
    .filter(
      (profile) =>
        profile.resourceType === 'StructureDefinition' &&
        profile.derivation !== 'constraint' &&
        profile.fhirVersion === '4.0.1' &&
        kinds.includes(profile.kind),
    )
    .map((profile) => ({
      name: profile.name,
      kind: profile.kind,
      abstract: profile.abstract,
      base: lastOf(profile.baseDefinition),
      elements: inOrder(
        dropOrphans(withoutAdded(profile.snapshot.element, official)).map((element) =>
          asPublished(element, official),
        ),
        official,
      ),
    }))
    .sort(
      (a, b) =>
        kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1),
    );
}
