export { applyConfigMap } from './config-map.ts';
export { defaultKubeconfig, type KubeConnection, readKubeconfig } from './kubeconfig.ts';
export { kubeRequest } from './request.ts';
