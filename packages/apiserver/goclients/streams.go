package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

func podURL(config *rest.Config, pod, subresource string, options *corev1.PodExecOptions) (*url.URL, error) {
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	request := clients.CoreV1().RESTClient().Post().Namespace("default").Resource("pods").Name(pod).SubResource(subresource)
	if options != nil {
		request = request.VersionedParams(options, scheme.ParameterCodec)
	}
	return request.URL(), nil
}

// execute runs a command in a pod by SPDY, by WebSocket and by whichever of the two works.
func execute(ctx context.Context, s session) (any, error) {
	told := map[string]any{}
	for _, protocol := range []string{"spdy", "websocket", "fallback"} {
		for name, command := range map[string][]string{"cat": {"cat"}, "exit": {"exit", "3"}, "complain": {"complain", "no"}} {
			options := &corev1.PodExecOptions{Command: command, Stdin: name == "cat", Stdout: true, Stderr: true}
			target, err := podURL(s.config, s.args[0], "exec", options)
			if err != nil {
				return nil, err
			}
			executor, err := executorFor(protocol, s.config, target)
			if err != nil {
				return nil, err
			}
			var out, faults bytes.Buffer
			streams := remotecommand.StreamOptions{Stdout: &out, Stderr: &faults}
			if options.Stdin {
				streams.Stdin = strings.NewReader("round and back")
			}
			ended := executor.StreamWithContext(ctx, streams)
			code := 0
			if status, ok := ended.(exec.CodeExitError); ok {
				code = status.Code
			} else if ended != nil {
				return nil, fmt.Errorf("%s by %s: %w", name, protocol, ended)
			}
			told[protocol+" "+name] = []any{strings.TrimSpace(out.String()), strings.TrimSpace(faults.String()), code}
		}
	}
	return told, nil
}

func executorFor(protocol string, config *rest.Config, target *url.URL) (remotecommand.Executor, error) {
	bySpdy, err := remotecommand.NewSPDYExecutor(config, http.MethodPost, target)
	if err != nil || protocol == "spdy" {
		return bySpdy, err
	}
	byWebSocket, err := remotecommand.NewWebSocketExecutor(config, http.MethodGet, target.String())
	if err != nil || protocol == "websocket" {
		return byWebSocket, err
	}
	return remotecommand.NewFallbackExecutor(byWebSocket, bySpdy, httpstream.IsUpgradeFailure)
}

// forward sends bytes through a pod's port and back, several connections in one tunnel.
func forward(ctx context.Context, s session) (any, error) {
	told := map[string]any{}
	for _, protocol := range []string{"spdy", "websocket"} {
		target, err := podURL(s.config, s.args[0], "portforward", nil)
		if err != nil {
			return nil, err
		}
		dialer, err := dialerFor(protocol, s.config, target)
		if err != nil {
			return nil, err
		}
		stop, ready := make(chan struct{}), make(chan struct{})
		forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:" + s.args[1]}, stop, ready, io.Discard, io.Discard)
		if err != nil {
			return nil, err
		}
		ended := make(chan error, 1)
		go func() { ended <- forwarder.ForwardPorts() }()
		select {
		case <-ready:
		case err := <-ended:
			return nil, fmt.Errorf("by %s: %w", protocol, err)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		ports, err := forwarder.GetPorts()
		if err != nil {
			return nil, err
		}
		echoes := []string{}
		for _, word := range []string{"first", "second"} {
			echoed, err := echo(ctx, fmt.Sprintf("127.0.0.1:%d", ports[0].Local), word)
			if err != nil {
				return nil, fmt.Errorf("by %s: %w", protocol, err)
			}
			echoes = append(echoes, echoed)
		}
		close(stop)
		told[protocol] = echoes
	}
	return told, nil
}

func dialerFor(protocol string, config *rest.Config, target *url.URL) (httpstream.Dialer, error) {
	if protocol == "websocket" {
		return portforward.NewSPDYOverWebsocketDialer(target, config)
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, target), nil
}

func echo(ctx context.Context, address, word string) (string, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte(word)); err != nil {
		return "", err
	}
	back := make([]byte, len(word))
	_, err = io.ReadFull(connection, back)
	return string(back), err
}
