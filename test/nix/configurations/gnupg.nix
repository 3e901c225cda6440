# GnuPG, for those who keep the program of sops-nix: everything goes through to it.
{ pkgs, ... }:
{
  sops.package = pkgs.sops-install-secrets;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.defaultSopsKey = "";
  sops.validateSopsFiles = false;
  # The old name of sops.gnupg.home.
  sops.gnupgHome = "/root/.gnupg";
  sops.secrets.wifi = { };
}
