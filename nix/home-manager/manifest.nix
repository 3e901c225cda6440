# The manifest of a user: nothing is mounted and nobody else can own a file.
{
  lib,
  pkgs,
  cfg,
}:
let
  file = [
    "name"
    "path"
    "mode"
    "restartUnits"
    "reloadUnits"
  ];
in
import ../sops/manifest.nix
  {
    inherit lib pkgs cfg;
    checker = cfg.package;
  }
  {
    name = "manifest.json";
    inherit (cfg) secrets;
    data = import ../sops/manifest-data.nix { inherit lib; } {
      inherit cfg;
      inherit (cfg) secrets templates;
      place = {
        secretsMountPoint = cfg.defaultSecretsMountPoint;
        symlinkPath = cfg.defaultSymlinkPath;
        statusFile = null;
        metricsFile = null;
        metricsNames = false;
      };
      secretFields = file ++ [
        "key"
        "format"
        "sopsFile"
      ];
      templateFields = file ++ [
        "content"
        "file"
      ];
      mode.userMode = true;
    };
  }
