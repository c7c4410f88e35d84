import { newPayload, parseImageStream } from '../../payload/index.ts';
import type { Step, StepContext } from '../context.ts';

/** The image stream a release is made of: every component by digest, named as others will pull it. */
function imageStream(
  { release, repositories }: StepContext,
  components: readonly { readonly name: string; readonly digest: string }[],
) {
  const stream = {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name: release.name },
    spec: {
      tags: components.map(({ name, digest }) => ({
        name,
        from: { kind: 'DockerImage', name: `${repositories.contentName}@${digest}` },
      })),
    },
  };
  return parseImageStream(Buffer.from(JSON.stringify(stream)), `${release.name}: components`);
}

/** Makes the nightly's payload as `oc adm release new` would, in the staging repository. */
export const assembleStep: Step<'assemble'> = {
  name: 'assemble',
  async run(context) {
    const { definition, release, repositories, output, progress } = context;
    const { components } = await output('import');
    const payload = await newPayload(
      { imageStream: imageStream(context, components) },
      {
        name: release.name,
        creationTimestamp: release.createdAt,
        referenceMode: 'source',
        resolve: () => repositories.stagingContent,
        baseTag: definition.images.payloadBase,
        architecture: definition.architecture,
        to: repositories.stagingRelease,
        toName: repositories.releaseName,
        onProgress: progress,
      },
    );
    return {
      state: 'done',
      detail: `${payload.digest}`,
      output: { digest: payload.digest, images: payload.imageReferences.tags.length, manifests: payload.files.length },
    };
  },
};
