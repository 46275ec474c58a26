// Refers a person with the client that OpenAPI Generator makes: refer URL TOKEN REFERENCE.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"homeward/intake"
)

type row struct {
	ProgramId string       `json:"program_id"`
	State     intake.State `json:"state"`
}

type told struct {
	Statuses  []int  `json:"statuses"`
	ProgramId string `json:"program_id"`
	Rule      string `json:"rule"`
	Listed    []row  `json:"listed"`
}

func main() {
	url, token, reference := os.Args[1], os.Args[2], os.Args[3]
	configuration := intake.NewConfiguration()
	configuration.Servers = intake.ServerConfigurations{{URL: url}}
	referrals := intake.NewAPIClient(configuration).ReferralsAPI
	caller := context.WithValue(context.Background(), intake.ContextAccessToken, token)
	person := intake.NewPersonRecord("1985-05-05", strings.ToLower(reference)+"@people.invalid", reference, "Robin")
	referral := intake.NewNewReferral(*person, "weekly6", reference, "bc")

	created, answer, err := referrals.ReceiveReferral(caller).NewReferral(*referral).Execute()
	if err != nil {
		log.Fatal(err)
	}
	_, refusal, err := referrals.ReceiveReferral(caller).NewReferral(*referral).Execute()
	failure, ok := err.(*intake.GenericOpenAPIError)
	if !ok {
		log.Fatalf("The same reference again was not refused: %v", err)
	}
	problem, ok := failure.Model().(intake.Problem)
	if !ok {
		log.Fatalf("No problem was read from %s", failure.Body())
	}
	listed, _, err := referrals.ListReferrals(caller).Reference(reference).Execute()
	if err != nil {
		log.Fatal(err)
	}

	rows := []row{}
	for _, item := range listed.Items {
		rows = append(rows, row{item.ProgramId, item.State})
	}
	statuses := []int{answer.StatusCode, refusal.StatusCode}
	json.NewEncoder(os.Stdout).Encode(told{statuses, created.ProgramId, problem.GetRule(), rows})
}
