# Tests in virtual machines, one promise each. They need a machine that can run NixOS tests.
{ pkgs }:
let
  inherit (pkgs) lib;
  run = file: pkgs.testers.runNixOSTest (import file);
in
lib.mapAttrs' (file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (run (./. + "/${file}"))) (
  lib.filterAttrs (file: _: file != "default.nix" && file != "machine.nix") (builtins.readDir ./.)
)
