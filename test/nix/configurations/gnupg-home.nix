# A machine whose files are for a PGP key in a GnuPG home.
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.defaultSopsKey = "";
  sops.validateSopsFiles = false;
  sops.gnupg.home = "/var/lib/sops-nix/gnupg";
  sops.secrets.wifi = { };
}
