/** An image stream as it stands in a payload's `image-references` (payload format § 1.5). */
export interface ImageStream {
  readonly name: string;
  readonly namespace?: string;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly lookupLocal: boolean;
  readonly tags: readonly TagReference[];
  readonly status: ImageStreamStatus;
}

/** One component: its name and where its image is. */
export interface TagReference {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly from?: ObjectReference;
  readonly reference?: boolean;
  readonly generation: number | null;
  readonly importPolicy: {
    readonly insecure?: boolean;
    readonly scheduled?: boolean;
    readonly importMode?: string;
  };
  readonly referencePolicy: { readonly type: string };
}

/** A tag that says where an image is. */
export type ImageTag = TagReference & { readonly from: ObjectReference };

/** Tags that name images; others, of which only a cluster knows what they mean, oc leaves out of every list. */
export function imageTags(tags: readonly TagReference[]): readonly ImageTag[] {
  return tags.filter((tag): tag is ImageTag => tag.from?.kind === 'DockerImage');
}

export interface ObjectReference {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface ImageStreamStatus {
  readonly dockerImageRepository: string;
  readonly publicDockerImageRepository: string;
  readonly tags: readonly TagEvents[];
}

export interface TagEvents {
  readonly tag: string;
  readonly items: readonly TagEvent[];
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

export interface TagEvent {
  readonly dockerImageReference: string;
  readonly image: string;
  readonly generation: number;
}
