import { signRelease, verifyRelease } from '../../sign/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { Step, StepContext } from '../context.ts';

/** A signature of ours over this digest and name, made by an earlier run of this step. */
async function existing(context: StepContext, digest: string, reference: string) {
  const { key } = context;
  return (await context.signatures.of(digest)).find(
    (signature) => signature.reference === reference && signature.keyFingerprint === key.fingerprint,
  );
}

/**
 * Signs the payload's digest under its public name. A signature is checked by the rules of both kinds of clients
 * before it is kept; one that the Cluster Version Operator or podman would refuse is an error here, not there.
 */
export const signStep: Step<'sign'> = {
  name: 'sign',
  async run(context) {
    const { digest } = await context.output('promote');
    const { key } = context;
    const reference = `${context.repositories.releaseName}:${context.release.name}`;
    const signed = await existing(context, digest, reference);
    const bytes =
      signed?.bytes ??
      (await signRelease(
        {
          digest,
          reference,
          creator: context.definition.signing.creator,
          timestamp: Math.floor(context.release.createdAt.getTime() / 1000),
        },
        key,
      ));
    const verified = await verifyRelease(bytes, key.publicKey, { digest, reference });
    for (const [consumer, { accepted, reasons }] of Object.entries(verified.accepts)) {
      if (!accepted)
        throw new SlipwayError(
          'RELEASE_SIGNATURE_REFUSED',
          `${consumer} would refuse the signature: ${reasons.join('; ')}.`,
          { place: { image: reference } },
        );
    }
    if (!signed) {
      const n = (await context.signatures.of(digest)).length + 1;
      await context.signatures.add({ digest, n, keyFingerprint: key.fingerprint, reference, bytes });
    }
    return {
      state: 'done',
      detail: `signed by ${key.fingerprint.slice(-16)} as ${reference}`,
      output: { reference, fingerprint: key.fingerprint, keyId: key.fingerprint.slice(-16).toLowerCase() },
    };
  },
};
