# The same where scripts do the work; the kernel is too old for a tmpfs that is never swapped.
{ pkgs, ... }:
{
  boot.kernelPackages.kernel.version = "6.1.140";
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.useSystemdActivation = false;
  sops.useTmpfs = true;
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.age.generateKey = true;
  sops.age.plugins = [ pkgs.age-plugin-tpm ];
  sops.secrets.wifi = { };
}
