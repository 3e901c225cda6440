# All that is compared with test/nix/golden, in one evaluation.
{ lib }:
let
  evaluate = import ./evaluate.nix { inherit lib; };
  each =
    directory: function:
    lib.mapAttrs' (
      file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (function (directory + "/${file}"))
    ) (builtins.readDir directory);
  throwing = import ./options-reference.nix { inherit lib; };
in
{
  nixos = each ./configurations evaluate.nixos;
  home-manager = each ./homes evaluate.home-manager;
  nix-darwin = each ./macs evaluate.nix-darwin;
  refusals = lib.mapAttrs (_: evaluate.messages "nixos") (import ./refusals.nix);
  options = lib.genAttrs [ "nixos" "home-manager" "nix-darwin" ] throwing;
}
