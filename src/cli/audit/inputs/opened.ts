import type { ImageSource } from '../../../oci/index.ts';

/** Where images can be read: a registry, an OCI layout, an archive, by the prefixes that podman and skopeo have; an RPM database file. */
export interface OpenedSource {
  readonly source: ImageSource;
  /** Tag, digest or name to ask for. */
  readonly reference: string;
  /** Last part of the name: what a component is called where nothing else is said. */
  readonly name: string;
  /** What others pull it by; null for a file. */
  readonly pullSpec: string | null;
}

/** A release with the images of its components. */
export interface OpenedRelease {
  readonly images: readonly OpenedSource[];
  /** How documents name the release. */
  readonly payload: { readonly name: string; readonly digest: string; readonly pullSpec: string };
}
