"""Lints, renders and validates the Helm chart with each of its ci/*-values.yaml, and has what must be refused refused.

Needs the packages helm-python-sdk (Helm's own library) and kubernetes-validate (the schemas of Kubernetes).
"""

import pathlib
import re
import subprocess
import sys

import helm_python as helm
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "janela"
# A custom resource, of which Kubernetes itself has no schema.
WITHOUT_SCHEMA = {"ServiceMonitor"}
OF_THE_API = {"ADMIN_API_KEY", "DATABASE_READ_URL", "KAFKA_INBOX_TOPIC", "KAFKA_INBOX_REJECTS"}

faults = []


def known_settings():
    command = ["node", "src/janela.js", "serve", "--help"]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^ +([A-Z][A-Z_]+)", text, re.MULTILINE))


def check(is_so, sentence):
    if not is_so:
        faults.append(sentence)


def refused(chart, values, naming):
    try:
        chart.validate_schema(values)
        chart.render(values, name="janela", namespace="billing")
    except helm.HelmError as error:
        check(naming in str(error), f"{values}: refused without naming {naming}: {error}")
    else:
        check(False, f"{values}: rendered, and must be refused for {naming}")


def check_variables(objects):
    """With everything set: the replica and the inbox are of those who answer requests, and of nobody else."""
    for made in objects:
        if made["kind"] not in ("Deployment", "Job"):
            continue
        role = made["metadata"]["labels"]["app.kubernetes.io/component"]
        given = {variable["name"] for variable in made["spec"]["template"]["spec"]["containers"][0]["env"]}
        expected = OF_THE_API if role == "api" else set()
        check(given & OF_THE_API == expected, f"{role} has {sorted(given & OF_THE_API)} of {sorted(OF_THE_API)}")


def check_objects(name, objects, settings):
    for made in objects:
        title = f"{name}: {made['kind']} {made['metadata']['name']}"
        if made["kind"] not in WITHOUT_SCHEMA:
            try:
                kubernetes_validate.validate(made, "1.37", strict=True)
            except (kubernetes_validate.ValidationError, kubernetes_validate.InvalidSchemaError) as error:
                check(False, f"{title}: {error}")
        pod = made["spec"]["template"]["spec"] if made["kind"] in ("Deployment", "Job") else None
        if pod is None:
            continue
        check(pod["securityContext"]["runAsNonRoot"] is True, f"{title} may run as root")
        for container in pod["containers"]:
            context = container["securityContext"]
            check(context["readOnlyRootFilesystem"] is True, f"{title} may write its root")
            check(context["capabilities"] == {"drop": ["ALL"]}, f"{title} keeps capabilities")
            variables = [variable["name"] for variable in container["env"]]
            unknown = set(variables) - settings
            check(not unknown, f"{title} sets what is no setting: {unknown}")
            check(len(variables) == len(set(variables)), f"{title} sets a variable twice")


def main():
    package = yaml.safe_load((ROOT / "package.json").read_text())
    settings = known_settings()
    chart = helm.Chart.load(str(CHART))
    check(chart.metadata["appVersion"] == package["version"], "appVersion is not the version in package.json")
    for path in sorted((CHART / "ci").glob("*-values.yaml")):
        values = yaml.safe_load(path.read_text())
        report = helm.lint(str(CHART), values, strict=True, namespace="billing")
        for message in report["messages"]:
            check(message["severity"] < 2, f"{path.name}: {message['path']}: {message['error']}")
        rendered = chart.render(values, name="janela", namespace="billing")
        objects = [
            made
            for file, text in rendered.items()
            if file.endswith(".yaml")
            for made in yaml.safe_load_all(text)
            if made is not None
        ]
        check_objects(path.name, objects, settings)
        if path.name == "everything-values.yaml":
            check_variables(objects)
        kinds = sorted(made["kind"] for made in objects)
        print(f"{path.name}: {', '.join(kinds)}")
    smallest = yaml.safe_load((CHART / "ci" / "smallest-values.yaml").read_text())
    refused(chart, {**smallest, "image": {"repository": ""}}, "image.repository")
    refused(chart, {**smallest, "secrets": {**smallest["secrets"], "database": {"name": "", "key": "x"}}}, "secrets.database.name")
    refused(chart, {**smallest, "replicas": 3}, "replicas")
    refused(chart, {**smallest, "logPartitions": 0}, "logPartitions")
    refused(chart, {**smallest, "kafka": {"brokers": "", "inbox": {"topic": "messages"}}}, "kafka.brokers")
    for fault in faults:
        print(f"!! {fault}")
    sys.exit(1 if faults else 0)


main()
