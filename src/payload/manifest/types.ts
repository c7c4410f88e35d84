import type { JsonObject } from '../text/index.ts';

/** One Kubernetes object of a manifest file. */
export interface Manifest {
  /** Name of the file, without folder. */
  readonly file: string;
  /** Line of the file on which the document starts, from 1. */
  readonly line: number;
  readonly group: string;
  /** Version part of `apiVersion`. */
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** `null` when the object has no annotations at all. */
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly object: JsonObject;
}
