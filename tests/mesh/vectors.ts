/** The sample data, as far as the tests use it; see `tests/fixtures/mesh/README.md`. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fromHex } from '../../src/bytes.ts';
import { fixture } from '../support/fixtures.ts';

export interface MessageVector {
  readonly id: string;
  readonly netKey: string;
  readonly ivIndex: string;
  readonly ctl: boolean;
  readonly ttl: number;
  readonly seq: readonly string[];
  readonly src: string;
  readonly dst: string;
  readonly friendship?: string;
  readonly nid?: string;
  readonly encryptionKey?: string;
  readonly privacyKey?: string;
  readonly lowerTransport: readonly string[];
  readonly networkNonce?: readonly string[];
  readonly networkPdu: readonly string[];
  readonly access?: string;
  readonly accessNonce?: string;
  readonly upperTransport?: string;
  readonly keyType?: 'device' | 'app';
  readonly key?: string;
  readonly szmic?: number;
  readonly label?: string;
}

export interface ProvisioningVector {
  readonly id: string;
  readonly algorithm: number;
  readonly invite: string;
  readonly capabilities: string;
  readonly start: string;
  readonly provisionerPublic: string;
  readonly devicePublic: string;
  readonly ecdhSecret: string;
  readonly authValue: string;
  readonly randomProvisioner: string;
  readonly randomDevice: string;
  readonly confirmationSalt: string;
  readonly confirmationKey: string;
  readonly confirmationProvisioner: string;
  readonly confirmationDevice: string;
  readonly provisioningSalt?: string;
  readonly sessionKey: string;
  readonly sessionNonce: string;
  readonly deviceKey: string;
  // of the public ones alone
  readonly provisionerPrivate?: string;
  readonly devicePrivate?: string;
  readonly data?: {
    readonly netKey: string;
    readonly netKeyIndex: string;
    readonly flags: string;
    readonly ivIndex: string;
    readonly unicast: string;
    readonly plain: string;
  };
  readonly encrypted?: string;
  readonly pdus?: readonly string[];
}

export interface WorkedFrame {
  readonly name: string;
  readonly dir: '>' | '<';
  readonly type: number;
  readonly src?: number;
  readonly dst?: number;
  readonly ttl?: number;
  readonly ctl?: number;
  readonly seq?: number;
  readonly key?: 'device' | 'app';
  readonly access?: string;
  readonly upper?: string;
  readonly transport?: string;
  readonly values?: readonly string[];
  readonly pdus?: readonly {
    readonly seq: number;
    readonly lower: string;
    readonly values: readonly string[];
  }[];
}

interface Vectors {
  readonly format: string;
  readonly functions: readonly {
    readonly id: string;
    readonly fn: string;
    readonly in: Readonly<Record<string, string>>;
    readonly out: string | Readonly<Record<string, string>>;
  }[];
  readonly ccm: readonly {
    readonly key: string;
    readonly nonce: string;
    readonly plain: string;
    readonly aad: string;
    readonly mic: 4 | 8;
    readonly out: string;
  }[];
  readonly obfuscation: readonly {
    readonly privacyKey: string;
    readonly ivIndex: string;
    readonly privacyRandom: string;
    readonly plain: string;
    readonly out: string;
  }[];
  readonly messages: readonly MessageVector[];
  readonly beacons: readonly {
    readonly id: string;
    readonly type: 'secure' | 'private';
    readonly netKey?: string;
    readonly privateBeaconKey?: string;
    readonly bad?: boolean;
    readonly flags?: string;
    readonly ivIndex?: string;
    readonly networkId?: string;
    readonly random?: string;
    readonly pdu: string;
  }[];
  readonly serviceData: readonly {
    readonly id: string;
    readonly kind: 'networkId' | 'nodeIdentity';
    readonly netKey: string;
    readonly address?: string;
    readonly random?: string;
    readonly data: string;
  }[];
  readonly privateIdentity: readonly {
    readonly netKey: string;
    readonly random: string;
    readonly address: string;
    readonly privateNetworkId: string;
    readonly privateNodeIdentity: string;
  }[];
  readonly proxySar: readonly {
    readonly id: string;
    readonly type: number;
    readonly maxValue: number;
    readonly message: string;
    readonly segments: readonly string[];
  }[];
  readonly proxyConfig: readonly {
    readonly id: string;
    readonly netKey: string;
    readonly ivIndex: string;
    readonly seq: string;
    readonly src: string;
    readonly dst: string;
    readonly transport: string;
    readonly pdu: string;
    readonly proxyPdu: string;
  }[];
  readonly composition: readonly {
    readonly id: string;
    readonly page: number;
    readonly data: string;
    readonly cid: string;
    readonly pid: string;
    readonly vid: string;
    readonly crpl: string;
    readonly features: string;
    readonly elements: readonly {
      readonly location: string;
      readonly sig: readonly string[];
      /** `company:model`. */
      readonly vendor: readonly string[];
    }[];
  }[];
  readonly accessSamples: readonly { readonly name: string; readonly pdu: string }[];
  readonly provisioning: readonly ProvisioningVector[];
  readonly provisioningOwn: readonly ProvisioningVector[];
  readonly worked: {
    readonly netKey: string;
    readonly deviceKey: string;
    readonly appKey: string;
    readonly ivIndex: string;
    readonly frames: readonly WorkedFrame[];
  };
}

const other = process.env['MESH_VECTORS'];
const text = other ? readFileSync(other) : gunzipSync(fixture('mesh/mesh-vectors.json.gz'));

export const vectors = JSON.parse(text.toString('utf8')) as Vectors;

/** Hex digits of the sample data as bytes. */
export const b = (digits: string): Uint8Array => fromHex(digits)!;
/** Hex digits of the sample data as a number. */
export const n = (digits: string): number => Number.parseInt(digits, 16);
