# The smallest: one secret, opened with the SSH host key.
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.wifi = { };
}
