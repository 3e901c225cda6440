# What is said where secrets may be made up.
{ lib, cfg }:
lib.optional (cfg.standIn && cfg.secrets != { }) ''
  sops.standIn: where no key opens the secrets of this configuration they are made up, and everybody knows the values.
  For a machine that is in use, write: sops.standIn = false;
''
