# The generators of all machines as one value, which `hostseal generate` reads as JSON. One that cannot be evaluated, for
# want of a public value that is still to be made, is `{ error = true; }`.
{ lib }:
let
  guarded =
    value:
    let
      tried = builtins.tryEval (builtins.deepSeq value value);
    in
    if tried.success then tried.value else { error = true; };

  without = lib.filterAttrsRecursive (_: value: value != null);
  plain = builtins.unsafeDiscardStringContext;

  # What a store path is made from.
  drvOf = path: lib.findFirst (lib.hasSuffix ".drv") null (lib.attrNames (builtins.getContext path));

  scriptOf =
    generator:
    let
      path = "${generator.finalScript}";
      drv = generator.finalScript.drvPath or (drvOf path);
    in
    if generator.script == "" then
      null
    else
      {
        path = plain path;
        text = plain (if lib.isString generator.script then generator.script else builtins.readFile generator.script);
      }
      // lib.optionalAttrs (drv != null) { drv = plain drv; };

  # What clan's options and ours have in common.
  common = system: generator: {
    inherit (generator) share dependencies;
    validation = generator.validationHash or null;
    inherit system;
    script = scriptOf generator;
    prompts = lib.mapAttrs (_: prompt: { inherit (prompt) type description persist; }) generator.prompts;
    files = lib.mapAttrs (_: file: {
      inherit (file) secret deploy neededFor;
      restartUnits = file.restartUnits or [ ];
    }) generator.files;
  };

  own =
    system: generator:
    let
      shared = common system generator;
    in
    shared
    // {
      inherit (generator) readers;
      rotate = {
        inherit (generator.rotate) maxAge overlap confirm;
        apply = generator.rotate.apply != null;
      };
      files = lib.mapAttrs (
        name: file: file // lib.optionalAttrs (generator.files.${name}.make != null) { make = without generator.files.${name}.make; }
      ) shared.files;
    };

  machine =
    { config, pkgs, ... }:
    let
      inherit (pkgs.stdenv.hostPlatform) system;
      of = form: generators: lib.mapAttrs (_: generator: guarded (form system generator)) generators;
    in
    of common (config.clan.core.vars.generators or { }) // of own (config.sops.generators or { });
in
{
  /**
    What `hostseal.generators` of a flake is: `generators self.nixosConfigurations`. It takes clan's machines as well as
    those with `sops.generators`.
  */
  generators = machines: {
    version = 1;
    machines = lib.mapAttrs (_: machine) machines;
    exports = { };
  };
}
