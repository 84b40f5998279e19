{{- define "janela.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 40 characters, so that the names of what is made have room for their endings. */}}
{{- define "janela.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "janela.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "janela.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "janela.selectorLabels" -}}
app.kubernetes.io/name: {{ include "janela.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "janela.labels" -}}
{{ include "janela.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "janela.image" -}}
{{- $repository := required "image.repository is required: push the image that the Dockerfile makes, and name it" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "janela.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "janela.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* One variable out of an existing secret: (dict "variable" ... "secret" ... "value" <its path in the values>). */}}
{{- define "janela.fromSecret" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ required (printf "%s.name is required: the name of an existing secret with %s" .value .variable) .secret.name }}
      key: {{ .secret.key }}
{{- end -}}

{{/* Where the database and the log are: what every process needs. */}}
{{- define "janela.storesEnv" -}}
{{ include "janela.fromSecret" (dict "variable" "DATABASE_URL" "secret" .Values.secrets.database "value" "secrets.database") }}
{{- if .Values.kafka.brokers }}
- name: KAFKA_BROKERS
  value: {{ .Values.kafka.brokers | quote }}
- name: KAFKA_TOPIC
  value: {{ .Values.kafka.topic | quote }}
- name: KAFKA_REPLICATION
  value: {{ .Values.kafka.replication | quote }}
- name: KAFKA_SSL
  value: {{ .Values.kafka.ssl | quote }}
{{- if .Values.kafka.sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ .Values.kafka.sasl.mechanism | quote }}
- name: KAFKA_SASL_USERNAME
  value: {{ required "kafka.sasl.username is required with kafka.sasl.mechanism" .Values.kafka.sasl.username | quote }}
{{ include "janela.fromSecret" (dict "variable" "KAFKA_SASL_PASSWORD" "secret" .Values.secrets.kafkaPassword "value" "secrets.kafkaPassword") }}
{{- end }}
{{- end }}
- name: LOG_PARTITIONS
  value: {{ .Values.logPartitions | quote }}
- name: DEFAULT_TIME_ZONE
  value: {{ .Values.defaultTimeZone | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
{{- end -}}

{{/* What those who answer requests need beside that: a replica to read on, and the inbox that they read. */}}
{{- define "janela.apiEnv" -}}
{{ include "janela.fromSecret" (dict "variable" "ADMIN_API_KEY" "secret" .Values.secrets.adminKey "value" "secrets.adminKey") }}
{{- if .Values.secrets.readDatabase.name }}
{{ include "janela.fromSecret" (dict "variable" "DATABASE_READ_URL" "secret" .Values.secrets.readDatabase "value" "secrets.readDatabase") }}
{{- end }}
{{- if .Values.kafka.inbox.topic }}
{{- $_ := required "kafka.brokers is required with kafka.inbox.topic: the inbox is on the brokers of the log" .Values.kafka.brokers }}
- name: KAFKA_INBOX_TOPIC
  value: {{ .Values.kafka.inbox.topic | quote }}
{{- with .Values.kafka.inbox.rejects }}
- name: KAFKA_INBOX_REJECTS
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "janela.settingsEnv" -}}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "janela.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "janela.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The deployment of one role: (dict "root" $ "role" "api" | "projector" "values" .Values.<role>). */}}
{{- define "janela.deployment" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "janela.fullname" $root }}-{{ .role }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "janela.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  replicas: {{ .values.replicas }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "janela.selectorLabels" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
  template:
    metadata:
      {{- with .values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "janela.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "janela.serviceAccountName" $root }}
      automountServiceAccountToken: false
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "janela.podSecurityContext" $root | nindent 8 }}
      # Draining and stopping, and a moment for what a stop that hung has to say.
      terminationGracePeriodSeconds: {{ add .values.drainSeconds .values.shutdownSeconds 5 }}
      containers:
        - name: {{ .role }}
          image: {{ include "janela.image" $root | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [serve]
          env:
            {{- include "janela.storesEnv" $root | nindent 12 }}
            {{- include "janela.fromSecret" (dict "variable" "MASTER_KEY" "secret" $root.Values.secrets.masterKey "value" "secrets.masterKey") | nindent 12 }}
            - name: ROLES
              value: {{ .role }}
            {{- if eq .role "api" }}
            {{- include "janela.apiEnv" $root | nindent 12 }}
            {{- end }}
            - name: HOST
              value: 0.0.0.0
            - name: PORT
              value: "3000"
            - name: METRICS_PORT
              value: {{ $root.Values.metrics.port | quote }}
            - name: DATA_DIR
              value: /data
            - name: GRACE_HOURS
              value: {{ $root.Values.graceHours | quote }}
            - name: DRAIN_SECONDS
              value: {{ .values.drainSeconds | quote }}
            - name: SHUTDOWN_SECONDS
              value: {{ .values.shutdownSeconds | quote }}
            {{- include "janela.settingsEnv" $root | nindent 12 }}
          ports:
            - name: http
              containerPort: 3000
            - name: metrics
              containerPort: {{ $root.Values.metrics.port }}
          # On the port of the metrics, so that a full intake is no reason to be killed.
          startupProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 2
            failureThreshold: 90
          livenessProbe:
            httpGet: { path: /healthz, port: metrics }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: metrics }
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 2
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            {{- include "janela.containerSecurityContext" $root | nindent 12 }}
          volumeMounts:
            - name: data
              mountPath: /data
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: data
          emptyDir: {}
        - name: tmp
          emptyDir: {}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- with .values.topologySpreadConstraints }}
        {{- toYaml . | nindent 8 }}
        {{- else }}
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "janela.selectorLabels" $root | nindent 14 }}
              app.kubernetes.io/component: {{ .role }}
        {{- end }}
{{- end -}}

{{/* Keeps a drain of nodes from taking all processes of a role at once: as for janela.deployment. */}}
{{- define "janela.disruptionBudget" -}}
{{- if gt (int .values.replicas) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "janela.fullname" .root }}-{{ .role }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "janela.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  maxUnavailable: {{ .values.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "janela.selectorLabels" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
{{- end -}}
{{- end -}}
