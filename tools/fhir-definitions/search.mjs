// Search parameters and compartments.
const types = [
  'number',
  'date',
  'string',
  'token',
  'reference',
  'composite',
  'quantity',
  'uri',
  'special',
];

function ancestors(name, allTypes) {
  const names = [];
  for (let at = name; at; at = allTypes.find((type) => type.name === at)?.base) names.push(at);
  return names;
}

// {all: [...], ofType: [indices, by type], find(typeName, code)}
// The published definition gives each component the other's parameter.
function mendComponents(resource) {
  if (resource.id !== 'DocumentReference-relationship') return resource.component ?? [];
  const [code, target] = resource.component;
  return [
    { ...code, definition: target.definition },
    { ...target, definition: code.definition },
  ];
}

export function readParameters(resources, allTypes, typeIndex) {
  resources.sort((a, b) => (a.id < b.id ? -1 : 1));
  const indexOfUrl = new Map(resources.map((resource, index) => [resource.url, index]));
  const known = (name) => typeIndex.get(name);
  const must = (name) => {
    if (known(name) === undefined) throw new Error(`unknown resource type ${name}`);
    return known(name);
  };
  const all = resources.map((resource) => ({
    id: resource.id,
    code: resource.code,
    type: types.indexOf(resource.type),
    expression: resource.expression ?? '',
    bases: resource.base.map(must),
    targets: (resource.target ?? []).map(known).filter((index) => index !== undefined),
    components: mendComponents(resource).map((component) => {
      const parameter = indexOfUrl.get(component.definition);
      if (parameter === undefined) throw new Error(`${resource.id}: no ${component.definition}`);
      return { parameter, expression: component.expression };
    }),
    multipleOr: resource.multipleOr !== false,
    multipleAnd: resource.multipleAnd !== false,
  }));
  const ofType = allTypes.map((type) => {
    if (type.kind !== 'resource') return [];
    const bases = new Set(ancestors(type.name, allTypes).map(known));
    const indices = all.flatMap((one, index) => (one.bases.some((b) => bases.has(b)) ? index : []));
    return indices.sort((a, b) => (all[a].code < all[b].code ? -1 : 1));
  });
  const find = (typeName, code) =>
    ofType[must(typeName)].find((index) => all[index].code === code);
  return { all, ofType, find };
}

export function readCompartments(profiles, typeIndex, parameters) {
  return profiles
    .filter((profile) => profile.resourceType === 'CompartmentDefinition')
    .map((definition) => ({
      type: typeIndex.get(definition.code),
      members: definition.resource
        .filter((resource) => resource.param && typeIndex.has(resource.code))
        .map((resource) => ({
          type: typeIndex.get(resource.code),
          self: resource.param.includes('{def}'),
          parameters: resource.param
            .filter((code) => code !== '{def}')
            .map((code) => {
              const index = parameters.find(resource.code, code);
              if (index === undefined) throw new Error(`no parameter ${resource.code}.${code}`);
              return index;
            }),
        })),
    }));
}
