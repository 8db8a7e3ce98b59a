/** The models of a node where they stand in its record, for this room only. */
import type { NodeRecord } from './node-record.ts';
import { Label, shown } from './findings.ts';
import { itemsOf, member, stringOf, wholeOf } from './json.ts';

export function* modelsOf(node: NodeRecord) {
  for (const [e, element] of itemsOf(member(node.json, 'elements')).entries())
    for (const [m, model] of itemsOf(member(element, 'models')).entries())
      yield {
        element: e,
        place: `nodes[${node.index}].elements[${e}].models[${m}]`,
        get who() {
          return `${Label(node)}, element ${e}, model ${shown(stringOf(member(model, 'modelId')) ?? '?')}`;
        },
        binds: itemsOf(member(model, 'bind')).flatMap((json) => wholeOf(json) ?? []),
        publishIndex: wholeOf(member(member(model, 'publish'), 'index')),
        publishAddress: member(member(model, 'publish'), 'address'),
      };
}
