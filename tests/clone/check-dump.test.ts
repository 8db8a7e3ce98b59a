import { describe, expect, test } from 'vitest';
import { checkDump } from '../../src/clone/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { readSampleDump } from '../support/projects.ts';
import { sampleDatabaseText } from '../support/samples.ts';

interface Model {
  modelId: string;
  bind?: number[];
  subscribe?: (number | string)[];
  publish?: { address: number; index: number; ttl: number };
}
interface Node {
  appKeys: number[];
  elements: { models: Model[] }[];
}
const reading = readImage(readSampleDump().image);
/** What is said of the sample node when its record was changed. */
function checked(change: (node: Node) => void) {
  const json = JSON.parse(sampleDatabaseText()) as { nodes: Node[] };
  change(json.nodes[1]!);
  return checkDump(reading, parseDatabase(new TextEncoder().encode(JSON.stringify(json))));
}
const modelsOf = (node: Node) => node.elements.flatMap(({ models }) => models);

describe('a node whose record', () => {
  test('says the same agrees, whatever order its lists are in', () => {
    expect(checked((node) => modelsOf(node).forEach((one) => one.bind?.reverse())).agrees).toBe(true);
  });

  test.each<[string, (node: Node) => void, string]>([
    ['lacks a key', (node) => node.appKeys.pop(), 'the record of light (0x0011–0x0013) does not list it'],
    ['lists a key too many', (node) => node.appKeys.push(7), 'lists AppKey 7, which the node does not have'],
    [
      'has another binding',
      (node) =>
        modelsOf(node)
          .find(({ bind }) => bind?.length)!
          .bind!.push(9),
      'the record says AppKey',
    ],
    [
      'has another publication',
      (node) => (modelsOf(node).find(({ publish }) => publish)!.publish!.ttl = 17),
      'TTL 17',
    ],
    [
      'hears a group that the node does not',
      (node) => (modelsOf(node)[0]!.subscribe = [0xc123]),
      'the record says 0xC123',
    ],
    [
      'knows no models yet',
      (node) => node.elements.forEach((element) => (element.models = [])),
      'lists no models',
    ],
    ['has an element too few', (node) => node.elements.pop(), '3 elements in the dump and 2 in the database'],
  ])('%s disagrees, and that is said in words', (_, change, text) => {
    const { agrees, node, findings } = checked(change);
    expect(agrees).toBe(false);
    expect(node?.index).toBe(1);
    expect(findings.map(({ message }) => message).join('\n')).toContain(text);
  });

  test('is not there at all has nothing else compared', () => {
    const json = JSON.parse(sampleDatabaseText()) as { nodes: unknown[] };
    json.nodes.splice(1, 1);
    const { node, findings } = checkDump(
      reading,
      parseDatabase(new TextEncoder().encode(JSON.stringify(json))),
    );
    expect(node).toBeNull();
    expect(findings.map(({ code }) => code)).toEqual(['clone/donor-not-in-database']);
  });
});
