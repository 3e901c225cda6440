# The golden files of a configuration as derivations: what they name of the store is built, put there or linked.
{ pkgs, packages }:
let
  inherit (builtins)
    attrNames
    fromJSON
    isString
    listToAttrs
    match
    pathExists
    readDir
    readFile
    replaceStrings
    split
    toJSON
    ;
  root = ../../..;
  golden = ../golden;
  fixed = "/nix/store/00000000000000000000000000000000-";

  attrsOf =
    names: value:
    listToAttrs (
      map (name: {
        inherit name;
        value = value name;
      }) names
    );
  filesOf =
    directory: pattern:
    builtins.filter (name: match pattern name != null) (attrNames (readDir directory));

  # Programs go by their name without its version.
  program = name: builtins.head (match "([a-z-]*[a-z])(-[0-9.]+)?" name);
  programs = {
    inherit (packages) hostseal-agent;
    inherit (pkgs)
      coreutils
      findutils
      gnugrep
      gnupg
      gnused
      systemd
      util-linux
      age
      age-plugin-tpm
      ;
    # There are no keys to make, and no other program than ours.
    sops-install-secrets = packages.hostseal-agent;
  };
  # What a unit has as `script` stands in no golden file: nothing is done by it.
  script =
    name:
    let
      unit = match "unit-script-(.*)" name;
      file = "$out/bin/${builtins.head unit}";
    in
    if unit == null then
      throw "the golden files name ${name}, which nothing here stands for"
    else
      pkgs.runCommand name { } ''
        mkdir -p $out/bin
        printf '#!/bin/sh\n' > ${file}
        chmod +x ${file}
      '';

  sourcesOf =
    name:
    let
      file = golden + "/nixos/${name}/sources.json";
    in
    if pathExists file then read file else { };
  # Homes and Macs have theirs from the same vectors.
  allSources = builtins.foldl' (all: name: all // sourcesOf name) { } (
    attrNames (readDir (golden + "/nixos"))
  );

  # Each path of the store that golden files name, and the file that lies there: the same path again, if it is the same file.
  placed =
    sources:
    attrsOf (attrNames sources) (
      path:
      let
        name = builtins.head (match "/nix/store/[a-z0-9]{32}-(.*)" path);
        copy = builtins.path {
          inherit name;
          path = root + "/${sources.${path}}";
        };
      in
      if match "${fixed}.*" path == null && "${copy}" != path then
        throw "${sources.${path}} is not what ${path} was made from"
      else
        "${copy}"
    );

  # `text` with what its paths of the store stand for.
  built =
    {
      sources ? allSources,
      files ? { },
    }:
    text:
    let
      inStore = placed sources;
      isName = part: !isString part;
      found = map builtins.head (
        builtins.filter isName (split "${fixed}([A-Za-z0-9+_-]+(\\.[A-Za-z0-9+_-]+)*)" text)
      );
      # The longer names first: one may begin with another.
      names = builtins.sort (a: b: a > b) (attrNames (attrsOf found (_: null)));
      place =
        name:
        inStore."${fixed}${name}" or (toString (files.${name} or programs.${program name} or (script name)));
      paths = attrNames inStore;
    in
    replaceStrings (map (name: fixed + name) names ++ paths) (
      map place names ++ map (path: inStore.${path}) paths
    ) text;

  manifest =
    name: sources: data: check:
    pkgs.writeTextFile {
      inherit name;
      text = built {
        inherit sources;
        files = templatesOf data;
      } (toJSON data);
      checkPhase = built { } check;
    };
  # Templates are texts of the store, which the manifest has as well.
  templatesOf =
    data:
    listToAttrs (
      builtins.concatMap (
        { file, content, ... }:
        let
          name = match "${fixed}(.*)" file;
        in
        map (name: {
          inherit name;
          value = pkgs.writeText name content;
        }) (if name == null then [ ] else name)
      ) data.templates
    );
  read = file: fromJSON (readFile file);
in
{
  nixos = attrsOf (attrNames (readDir (golden + "/nixos"))) (
    name:
    let
      directory = golden + "/nixos/${name}";
      sources = sourcesOf name;
      given = {
        inherit sources;
        files = manifests;
      };
      rest = read (directory + "/rest.json");
      manifests = attrsOf (filesOf directory "manifest.*\\.json") (
        file: manifest file sources (read (directory + "/${file}")) (builtins.head rest.checks)
      );
      units = directory + "/units";
      isText = unit: (readDir units).${unit} == "regular";
      scripts = map (script: rest.activationScripts.${script}.text or "") [
        "setupSecretsForUsers"
        "setupSecrets"
      ];
    in
    {
      inherit manifests;
      # What a machine is given: its units, and the scripts that run before them.
      system =
        pkgs.runCommand "system-${name}"
          {
            nativeBuildInputs = [ pkgs.nodejs_24 ];
            texts = toJSON (
              attrsOf (builtins.filter isText (attrNames (readDir units))) (
                unit: built given (readFile (units + "/${unit}"))
              )
            );
            activate = built given (builtins.concatStringsSep "" scripts);
          }
          ''
            mkdir -p $out/etc/systemd
            cp -r --no-preserve=mode ${units} $out/etc/systemd/system
            cd $out/etc/systemd/system
            node -e 'for (const [name, text] of Object.entries(JSON.parse(process.env.texts))) fs.writeFileSync(name, text)'
            printf '#!/bin/bash\n%s' "$activate" > $out/activate
            chmod +x $out/activate
          '';
    }
  );

  home-manager = attrsOf (filesOf (golden + "/home-manager") ".*\\.json") (
    file:
    manifest "manifest.json" allSources (read (golden + "/home-manager/${file}")).manifest
      "${fixed}hostseal-agent-0/bin/sops-install-secrets -check-mode=sopsfile $out"
  );

  nix-darwin = attrsOf (filesOf (golden + "/nix-darwin") ".*\\.json") (
    file:
    let
      evaluated = read (golden + "/nix-darwin/${file}");
    in
    manifest "manifest.json" allSources evaluated.manifest (builtins.head evaluated.checks)
  );
}
