package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"gopkg.in/yaml.v2"
)

// What discovery needs of a prometheus.yml. Prometheus' own type of it would bring the SDKs of three clouds along.
type prometheusFile struct {
	Jobs []*job `yaml:"scrape_configs"`
}

type job struct {
	Name    string            `yaml:"job_name"`
	Configs discovery.Configs `yaml:"-"`
}

func (j *job) UnmarshalYAML(unmarshal func(any) error) error {
	return discovery.UnmarshalYAMLWithInlineConfigs(j, unmarshal)
}

// discoverTargets reads a prometheus.yml as Prometheus itself does and tells, whenever they change, all the targets of each of its
// jobs: job, then group, then the labels that discovery gave each target.
func discoverTargets(ctx context.Context, s session) (any, error) {
	if len(s.args) != 1 {
		return nil, errors.New("usage: goclients prometheus prometheus.yml")
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	text, err := os.ReadFile(s.args[0])
	if err != nil {
		return nil, err
	}
	var file prometheusFile
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	metrics, err := discovery.CreateAndRegisterSDMetrics(registry)
	if err != nil {
		return nil, err
	}
	manager := discovery.NewManager(ctx, logger, registry, metrics, discovery.Updatert(20*time.Millisecond))
	if manager == nil {
		return nil, errors.New("Prometheus' discovery manager could not be made")
	}
	jobs := map[string]discovery.Configs{}
	for _, job := range file.Jobs {
		jobs[job.Name] = job.Configs
	}
	if err := manager.ApplyConfig(jobs); err != nil {
		return nil, err
	}
	go func() { _ = manager.Run() }()
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case sets := <-manager.SyncCh():
			s.tell(targetsOf(sets))
		}
	}
}

type targets map[string]map[string][]map[string]string

func targetsOf(sets map[string][]*targetgroup.Group) targets {
	told := targets{}
	for job, groups := range sets {
		told[job] = map[string][]map[string]string{}
		for _, group := range groups {
			for _, target := range group.Targets {
				told[job][group.Source] = append(told[job][group.Source], plainLabels(group.Labels, target))
			}
		}
		for _, each := range told[job] {
			sort.Slice(each, func(i, j int) bool { return each[i]["__address__"] < each[j]["__address__"] })
		}
	}
	return told
}

func plainLabels(sets ...model.LabelSet) map[string]string {
	plain := map[string]string{}
	for _, set := range sets {
		for name, value := range set {
			plain[strings.TrimPrefix(string(name), "__meta_kubernetes_")] = string(value)
		}
	}
	return plain
}
