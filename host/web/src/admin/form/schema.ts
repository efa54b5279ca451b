/**
 * Which fields a form has for a JSON Schema.
 *
 * Rule: a schema is a plugin's word. Nothing of it is run, its patterns included: the server checks what was filled in. What
 * no field can be made of is typed as JSON.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

interface Words {
  title: string | null;
  hint: string | null;
  /** What counts where nothing is said. */
  fallback: Json | undefined;
}

export interface Field {
  name: string;
  schema: unknown;
  required: boolean;
}

export type Shape = Words &
  (
    | { kind: 'text'; minLength: number | undefined; maxLength: number | undefined }
    | { kind: 'number'; step: 1 | 'any'; minimum: number | undefined; maximum: number | undefined }
    | { kind: 'switch' }
    | { kind: 'choice'; options: { value: Json; title: string }[] }
    | { kind: 'list'; item: unknown; minItems: number; maxItems: number }
    /** `others`: the schema of further members, under any name. */
    | { kind: 'group'; fields: Field[]; others: unknown }
    | { kind: 'json' }
  );

/** How often a `$ref` may lead on. */
const HOPS = 16;
/** How deep a value is filled with what its schema requires. */
const DEPTH = 8;

/** @param root in which a `$ref` is looked up */
export function shapeOf(schema: unknown, root: unknown): Shape {
  const rules = resolved(schema, root);
  const words: Words = {
    title: textIn(rules, 'title') ?? null,
    hint: textIn(rules, 'description') ?? null,
    fallback: valueIn(rules, 'default') as Json | undefined,
  };
  const options = optionsOf(rules, root);
  if (options) return { ...words, kind: 'choice', options };
  switch (typeOf(rules)) {
    case 'string':
      return { ...words, kind: 'text', minLength: numberIn(rules, 'minLength'), maxLength: numberIn(rules, 'maxLength') };
    case 'integer':
      return { ...words, kind: 'number', step: 1, ...limitsOf(rules) };
    case 'number':
      return { ...words, kind: 'number', step: 'any', ...limitsOf(rules) };
    case 'boolean':
      return { ...words, kind: 'switch' };
    case 'array':
      return {
        ...words,
        kind: 'list',
        item: valueIn(rules, 'items'),
        minItems: numberIn(rules, 'minItems') ?? 0,
        maxItems: numberIn(rules, 'maxItems') ?? Infinity,
      };
    case 'object':
      return { ...words, kind: 'group', ...membersOf(rules) };
    default:
      return { ...words, kind: 'json' };
  }
}

/** Whether a field of this shape can show the value; what it cannot is shown as JSON. */
export function fits(shape: Shape, value: Json | undefined): boolean {
  if (value === undefined) return true;
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'switch':
      return typeof value === 'boolean';
    case 'choice':
      return shape.options.some((option) => isSame(option.value, value));
    case 'list':
      return Array.isArray(value);
    case 'group':
      return isObject(value);
    case 'json':
      return true;
  }
}

/** What a field begins with that must be there. */
export function initial(schema: unknown, root: unknown, depth = 0): Json {
  const shape = shapeOf(schema, root);
  if (shape.fallback !== undefined) return shape.fallback;
  switch (shape.kind) {
    case 'text':
      return '';
    case 'number':
      return Math.max(shape.minimum ?? 0, 0);
    case 'switch':
      return false;
    case 'choice':
      return shape.options[0]?.value ?? null;
    case 'list':
      return depth < DEPTH
        ? Array.from({ length: Math.min(shape.minItems, DEPTH) }, () => initial(shape.item, root, depth + 1))
        : [];
    case 'group': {
      const required = depth < DEPTH ? shape.fields.filter((field) => field.required) : [];
      return Object.fromEntries(required.map(({ name, schema }) => [name, initial(schema, root, depth + 1)]));
    }
    case 'json':
      return {};
  }
}

/** An object with one member changed, or without it. `fromEntries`, so that no name means anything. */
export function withMember(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const entries = Object.entries(object);
  const at = entries.findIndex(([other]) => other === name);
  if (value !== undefined) entries.splice(at < 0 ? entries.length : at, at < 0 ? 0 : 1, [name, value]);
  else if (at >= 0) entries.splice(at, 1);
  return Object.fromEntries(entries);
}

export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Follows `$ref` within the document; what stands beside it comes first. */
function resolved(schema: unknown, root: unknown): JsonObject {
  let rules = isObject(schema) ? schema : {};
  for (let hop = 0; hop < HOPS; hop++) {
    const reference = textIn(rules, '$ref');
    if (reference === undefined) return rules;
    const target = reference.startsWith('#') ? at(root, reference.slice(1)) : undefined;
    const besides = withMember(rules, '$ref', undefined);
    rules = isObject(target) ? { ...target, ...besides } : besides;
  }
  return {};
}

/** RFC 6901. */
function at(root: unknown, pointer: string): unknown {
  const steps = pointer.split('/').slice(1);
  return steps.reduce<unknown>((value, step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  }, root);
}

function typeOf(rules: JsonObject): unknown {
  const type = valueIn(rules, 'type');
  const types = Array.isArray(type) ? type.filter((it) => it !== 'null') : [type];
  if (types.length === 1 && types[0] !== undefined) return types[0];
  return type === undefined && isObject(valueIn(rules, 'properties')) ? 'object' : undefined;
}

/** Of `enum`, or of alternatives that are single values each. */
function optionsOf(rules: JsonObject, root: unknown): { value: Json; title: string }[] | null {
  const values = valueIn(rules, 'enum');
  if (Array.isArray(values)) return values.map((value: Json) => ({ value, title: wordOf(value) }));
  const alternatives = valueIn(rules, 'oneOf') ?? valueIn(rules, 'anyOf');
  if (!Array.isArray(alternatives)) return null;
  const found = alternatives.map((alternative: unknown) => resolved(alternative, root));
  if (!found.every((alternative) => Object.hasOwn(alternative, 'const'))) return null;
  return found.map((alternative) => {
    const value = valueIn(alternative, 'const') as Json;
    return { value, title: textIn(alternative, 'title') ?? wordOf(value) };
  });
}

function limitsOf(rules: JsonObject): { minimum: number | undefined; maximum: number | undefined } {
  return { minimum: numberIn(rules, 'minimum'), maximum: numberIn(rules, 'maximum') };
}

function membersOf(rules: JsonObject): { fields: Field[]; others: unknown } {
  const properties = valueIn(rules, 'properties');
  const required = valueIn(rules, 'required');
  const names: unknown[] = Array.isArray(required) ? required : [];
  const others = valueIn(rules, 'additionalProperties');
  return {
    fields: Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => ({
      name,
      schema,
      required: names.includes(name),
    })),
    others: isObject(others) ? others : null,
  };
}

function wordOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function valueIn(rules: JsonObject, name: string): unknown {
  return member(rules, name);
}

function textIn(rules: JsonObject, name: string): string | undefined {
  const value = member(rules, name);
  return typeof value === 'string' ? value : undefined;
}

function numberIn(rules: JsonObject, name: string): number | undefined {
  const value = member(rules, name);
  return typeof value === 'number' ? value : undefined;
}
