package raftgroup

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

const (
	recordHardState byte = 1
	recordEntry     byte = 2
	recordVote      byte = 3
)

// vote is who this node believes to lead which term. It survives a restart, so that a
// leader that comes back resumes, as openraft does with a committed vote.
type vote struct {
	Term      uint64 `json:"term"`
	Leader    uint64 `json:"leader"`
	Committed bool   `json:"committed"`
}

// wal keeps one group's log in one append-only file. Nothing is fsynced: releases up to
// 0.4.11 do not do it either, and a killed process loses nothing by that.
type wal struct {
	file *os.File
	out  *bufio.Writer
}

func openWAL(dir, group string, storage *raft.MemoryStorage) (*wal, vote, error) {
	path := filepath.Join(dir, "raft-"+group+".log")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, vote{}, err
	}
	last, good, err := replay(bufio.NewReader(file), storage)
	if err != nil {
		return nil, vote{}, fmt.Errorf("%s: %w", path, err)
	}
	// A record cut off by a kill is dropped, or the next record would be read as its end.
	if err := file.Truncate(good); err != nil {
		return nil, vote{}, err
	}
	if _, err := file.Seek(good, io.SeekStart); err != nil {
		return nil, vote{}, err
	}
	return &wal{file: file, out: bufio.NewWriter(file)}, last, nil
}

func replay(in *bufio.Reader, storage *raft.MemoryStorage) (last vote, good int64, err error) {
	for {
		kind, data, size, err := readRecord(in)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return last, good, nil
		}
		if err != nil {
			return last, good, err
		}
		switch kind {
		case recordHardState:
			state := &pb.HardState{}
			if err = proto.Unmarshal(data, state); err == nil {
				err = storage.SetHardState(state)
			}
		case recordEntry:
			entry := &pb.Entry{}
			if err = proto.Unmarshal(data, entry); err == nil {
				err = storage.Append([]*pb.Entry{entry})
			}
		case recordVote:
			err = json.Unmarshal(data, &last)
		default:
			err = fmt.Errorf("unknown record type %d", kind)
		}
		if err != nil {
			return last, good, err
		}
		good += size
	}
}

func readRecord(in *bufio.Reader) (kind byte, data []byte, size int64, err error) {
	if kind, err = in.ReadByte(); err != nil {
		return
	}
	length, err := binary.ReadUvarint(in)
	if err != nil {
		return
	}
	data = make([]byte, length)
	if _, err = io.ReadFull(in, data); err != nil {
		return
	}
	return kind, data, 1 + int64(uvarintSize(length)) + int64(length), nil
}

func uvarintSize(n uint64) int { return len(binary.AppendUvarint(nil, n)) }

func (w *wal) write(kind byte, data []byte) {
	w.out.WriteByte(kind)
	w.out.Write(binary.AppendUvarint(nil, uint64(len(data))))
	w.out.Write(data)
}

func (w *wal) save(state *pb.HardState, entries []*pb.Entry) error {
	for _, e := range entries {
		data, err := proto.Marshal(e)
		if err != nil {
			return err
		}
		w.write(recordEntry, data)
	}
	if state != nil && !raft.IsEmptyHardState(state) {
		data, err := proto.Marshal(state)
		if err != nil {
			return err
		}
		w.write(recordHardState, data)
	}
	return w.out.Flush()
}

func (w *wal) saveVote(v vote) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.write(recordVote, data)
	return w.out.Flush()
}
