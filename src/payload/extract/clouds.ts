/** By platform: the kind of `spec.providerSpec` in its CredentialsRequests (payload format § 2.5). */
export const CLOUDS: ReadonlyMap<string, string> = new Map([
  ['alibabacloud', 'AlibabaCloudProviderSpec'],
  ['aws', 'AWSProviderSpec'],
  ['azure', 'AzureProviderSpec'],
  ['gcp', 'GCPProviderSpec'],
  ['ibmcloud', 'IBMCloudProviderSpec'],
  ['nutanix', 'NutanixProviderSpec'],
  ['openstack', 'OpenStackProviderSpec'],
  ['ovirt', 'OvirtProviderSpec'],
  ['powervs', 'IBMCloudPowerVSProviderSpec'],
  ['vsphere', 'VSphereProviderSpec'],
]);
