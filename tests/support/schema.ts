/** Holds JSON against a JSON Schema: the few words of it that our own schemas use; any other word is an error. */

interface Schema {
  readonly [word: string]: unknown;
}

/** @returns what is wrong, each with its place; nothing where all is right */
export function breaches(value: unknown, schema: Schema, root: Schema = schema, place = '$'): string[] {
  return Object.entries(schema).flatMap(([word, rule]): string[] => {
    const wrong = (is: boolean) =>
      is ? [`${place}: ${word} ${JSON.stringify(rule)}, not ${JSON.stringify(value)}`] : [];
    switch (word) {
      case '$ref': {
        const name = String(rule).replace('#/$defs/', '');
        return breaches(value, (root['$defs'] as Record<string, Schema>)[name]!, root, place);
      }
      case 'type':
        return wrong(![rule].flat().some((type) => isOf(value, String(type))));
      case 'const':
        return wrong(value !== rule);
      case 'enum':
        return wrong(!(rule as unknown[]).includes(value));
      case 'pattern':
        return wrong(typeof value === 'string' && !new RegExp(String(rule)).test(value));
      case 'minimum':
        return wrong(typeof value === 'number' && value < Number(rule));
      case 'required':
        return isObject(value) ? wrong((rule as string[]).some((name) => !(name in value))) : [];
      case 'additionalProperties':
        return isObject(value)
          ? wrong(Object.keys(value).some((name) => !(name in (schema['properties'] as object))))
          : [];
      case 'properties':
        return isObject(value)
          ? Object.entries(rule as Record<string, Schema>).flatMap(([name, one]) =>
              name in value ? breaches(value[name], one, root, `${place}.${name}`) : [],
            )
          : [];
      case 'items':
        return Array.isArray(value)
          ? value.flatMap((one, i) => breaches(one, rule as Schema, root, `${place}[${i}]`))
          : [];
      case '$schema':
      case '$defs':
      case 'title':
      case 'description':
        return [];
      default:
        return [`${place}: the schema says ${word}, which is not read here`];
    }
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isOf(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
