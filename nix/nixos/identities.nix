# The files and directories that hold private keys, as the units have to wait for them.
{ lib, cfg }:
lib.optional (cfg.gnupg.home != null) cfg.gnupg.home
++ map toString cfg.gnupg.sshKeyPaths
++ lib.optional (cfg.age.keyFile != null) (toString cfg.age.keyFile)
++ map toString cfg.age.sshKeyPaths
