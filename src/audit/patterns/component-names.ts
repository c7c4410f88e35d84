const PLATFORM = / \([^()]*\)$/;

/**
 * What patterns of component names may match: the name of an image, and that of its component where the image is one of
 * several platforms, as in `etcd (linux/arm64)`. What a policy says of a component holds for all of its platforms.
 */
export function componentNames(image: string): readonly string[] {
  const component = image.replace(PLATFORM, '');
  return component === image ? [image] : [image, component];
}
