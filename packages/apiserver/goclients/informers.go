package main

import (
	"context"
	"net/http"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// asks keeps in which way lists and watches were asked for.
type asks struct {
	next  http.RoundTripper
	mutex sync.Mutex
	seen  map[string]int
}

func (a *asks) RoundTrip(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	how := "list"
	if query.Get("watch") == "true" || query.Get("watch") == "1" {
		how = "watch"
		if query.Get("sendInitialEvents") == "true" {
			how = "watch with initial events"
		}
	}
	if strings.HasSuffix(request.URL.Path, "/configmaps") && request.Method == http.MethodGet {
		a.mutex.Lock()
		a.seen[how]++
		a.mutex.Unlock()
	}
	return a.next.RoundTrip(request)
}

// watchConfigMaps tells what a shared informer hears: "synced" with how it asked, then every event until it is stopped.
// KUBE_FEATURE_WatchListClient=true in the environment makes client-go ask for the list as a stream.
func watchConfigMaps(ctx context.Context, s session) (any, error) {
	config := inProtobuf(s.config)
	watched := &asks{seen: map[string]int{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		watched.next = next
		return watched
	})
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(clients, 0, informers.WithNamespace(s.args[0]),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "watched=yes" }))
	informer := factory.Core().V1().ConfigMaps().Informer()
	event := func(kind string, object any) {
		if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
			kind, object = kind+" (missed)", tombstone.Obj
		}
		if config, ok := object.(*corev1.ConfigMap); ok {
			s.tell(map[string]string{"event": kind, "name": config.Name, "colour": config.Data["colour"]})
		}
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { event("add", object) },
		UpdateFunc: func(_, object any) { event("update", object) },
		DeleteFunc: func(object any) { event("delete", object) },
	}); err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	watched.mutex.Lock()
	asked := map[string]int{}
	for how, count := range watched.seen {
		asked[how] = count
	}
	watched.mutex.Unlock()
	delete(asked, "watch") // Whether it has begun by now is chance.
	s.tell(map[string]any{"synced": len(informer.GetStore().ListKeys()), "asked": asked})
	<-ctx.Done()
	return nil, nil
}
